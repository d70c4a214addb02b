/* Rendered for the rows of the files that include it. */

/* edgeq_NAME_pixel for every window.
 * x: [batches, input_height, input_width, channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max, on the
 *    scale of x; may overlap x as far as each window is read before its output is written
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t n = 0; n < g->batches; ++n, x += g->input_height * g->input_width * g->channels) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += g->channels) {
        edgeq_NAME_pixel(p, x, edgeq_pool_clip(g, row, column), y);
      }
    }
  }
}
