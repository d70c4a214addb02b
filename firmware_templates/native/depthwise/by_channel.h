/* Rendered for the rows of the files that include it. */

/* Channel c of y, of all images: with sums of 64 bits, more loops in one function than these are
 * more than GCC 5 for AVR has registers for. x: the input channel that is read. */
EDGEQ_ONCE static void edgeq_depthwise_conv_2d_TYPE_channel(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_TYPE_params *p, const X *x, int32_t c, X *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  int32_t at = c;
  for (int32_t n = 0; n < g->batches; ++n, x += edgeq_image_elements(g)) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, at += channels) {
        const int32_t top = row * g->stride_height - g->pad_top;
        const int32_t left = column * g->stride_width - g->pad_left;
        const SUM sum = edgeq_depthwise_conv_2d_TYPE_border(
            &p->window, channels, x, p->weights + c, top, left);
        y[at] = (X)edgeq_output_TYPE(&p->outputs, sum, c, c);
      }
    }
  }
}

/* All images, channel by channel. */
static inline void edgeq_depthwise_conv_2d_TYPE_images(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_TYPE_params *p, const X *x, X *y) {
  int32_t c = 0;
  for (int32_t k = 0; k < p->window.geometry.input_channels; ++k, ++x) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      edgeq_depthwise_conv_2d_TYPE_channel(p, x, c, y);
    }
  }
}
