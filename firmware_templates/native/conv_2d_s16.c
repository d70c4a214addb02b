#include "conv_2d_s16_window.h"

/* All outputs of the pixel whose window has its corner at (top, left). */
static void edgeq_conv_2d_s16_pixel(const EDGEQ_FLASH edgeq_conv_2d_s16_params *p, const int16_t *image, int16_t *y,
                                    int32_t top, int32_t left) {
  const int32_t taps = p->filter_height * p->filter_width * p->filter_channels;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, image += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      const int64_t sum = edgeq_conv_2d_s16_window(p, image, p->weights + f * taps, top, left) + p->bias[f];
      y[f] = edgeq_requantize_wide(sum, p->multiplier[f], p->shift[f], p->activation_min, p->activation_max);
    }
  }
}

/* CONV_2D on int16.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; shares no byte
 *    with x
 */
EDGEQ_KERNEL void edgeq_conv_2d_s16(const EDGEQ_FLASH edgeq_conv_2d_s16_params *p, const int16_t *x, int16_t *y) {
  const int32_t image = p->input_height * p->input_width * p->input_channels;
  const int32_t channels = p->groups * p->group_filters;
  for (int32_t n = 0; n < p->batches; ++n, x += image) {
    for (int32_t row = 0; row < p->output_height; ++row) {
      for (int32_t column = 0; column < p->output_width; ++column, y += channels) {
        edgeq_conv_2d_s16_pixel(p, x, y, row * p->stride_height - p->pad_top, column * p->stride_width - p->pad_left);
      }
    }
  }
}
