/* Rendered for the rows of the files that include it. */

/* The sum of one channel over a window that lies inside the image, in the order of its taps; x: the
 * channel's element at the window's corner. */
static LOOP SUM edgeq_depthwise_conv_2d_TYPE_inside(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_TYPE_params *p, const X *x,
    const EDGEQ_FLASH W *filter) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  const int32_t step = g->dilation_width * g->input_channels;
  SUM sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    int32_t at = i * g->dilation_height * g->input_width * g->input_channels;
    for (int32_t j = 0; j < g->filter_width; ++j, at += step, filter += channels) {
      sum = edgeq_plus_product_TYPE(sum, x[at], *filter);
    }
  }
  return sum;
}

/* All channels of the pixel whose window has its corner at (top, left). Windows inside the
 * image have a loop of their own where a test of each tap costs much beside its product (APART). */
static void edgeq_depthwise_conv_2d_TYPE_pixel(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_TYPE_params *p, const X *x, X *y, int32_t top,
    int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  const int32_t bottom = top + (g->filter_height - 1) * g->dilation_height;
  const int32_t right = left + (g->filter_width - 1) * g->dilation_width;
  const int inside = APART && top >= 0 && left >= 0 && bottom < g->input_height &&
                     right < g->input_width;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  const int32_t corner = (top * g->input_width + left) * g->input_channels;
  int32_t c = 0;
  for (int32_t k = 0; k < g->input_channels; ++k, ++x) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      const EDGEQ_FLASH W *filter = p->weights + c;
      const SUM sum = inside
          ? edgeq_depthwise_conv_2d_TYPE_inside(p, x + corner, filter)
          : edgeq_depthwise_conv_2d_TYPE_border(&p->window, channels, x, filter, top, left);
      y[c] = (X)edgeq_output_TYPE(&p->outputs, sum, c, c);
    }
  }
}

/* All images, pixel by pixel. */
static inline void edgeq_depthwise_conv_2d_TYPE_images(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_TYPE_params *p, const X *x, X *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  const int32_t image = edgeq_image_elements(g);
  const int32_t channels = g->input_channels * p->depth_multiplier;
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += channels) {
        const int32_t top = row * g->stride_height - g->pad_top;
        const int32_t left = column * g->stride_width - g->pad_left;
        edgeq_depthwise_conv_2d_TYPE_pixel(p, x, y, top, left);
      }
    }
  }
}
