/* Rendered for the rows of the files that include it. */

/* One pixel of the output: the elements of each channel in a window, row by row, folded into one
 * value, and what edgeq_NAME_of makes of that; x: the image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x,
                             edgeq_pool_window window, T *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_NAME_divisor divisor = edgeq_NAME_divisor_of(window);
  for (int32_t c = 0; c < g->channels; ++c) {
    V value = FIRST;
    for (int32_t i = 0; i < window.rows; ++i) {
      const T *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = 0; j < window.columns; ++j) {
        value = edgeq_NAME_fold(value, element[j * g->channels]);
      }
    }
    y[c] = edgeq_NAME_of(p, value, &divisor);
  }
}
