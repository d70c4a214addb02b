#include "depthwise_conv_2d_s16_window.h"

/* All channels of the pixel whose window has its corner at (top, left). */
static void edgeq_depthwise_conv_2d_s16_pixel(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *p,
                                              const int16_t *x, int16_t *y, int32_t top, int32_t left) {
  int32_t c = 0;
  for (int32_t k = 0; k < p->input_channels; ++k, ++x) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      const int64_t sum = edgeq_depthwise_conv_2d_s16_window(p, x, p->weights + c, top, left) + p->bias[c];
      y[c] = edgeq_requantize_wide(sum, p->multiplier[c], p->shift[c], p->activation_min, p->activation_max);
    }
  }
}

/* DEPTHWISE_CONV_2D on int16.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_s16(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *p,
                                              const int16_t *x, int16_t *y) {
  const int32_t image = p->input_height * p->input_width * p->input_channels;
  const int32_t channels = p->input_channels * p->depth_multiplier;
  for (int32_t n = 0; n < p->batches; ++n, x += image) {
    for (int32_t row = 0; row < p->output_height; ++row) {
      for (int32_t column = 0; column < p->output_width; ++column, y += channels) {
        edgeq_depthwise_conv_2d_s16_pixel(p, x, y, row * p->stride_height - p->pad_top,
                                          column * p->stride_width - p->pad_left);
      }
    }
  }
}
