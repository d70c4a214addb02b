#include "geometry.h"
#include "wide.h"

/* Geometry and constants of a depthwise convolution of int16 by int8 weights; zero points are 0.
 * channels = input_channels * depth_multiplier; output channel c reads input channel c / depth_multiplier. */
typedef struct {
  edgeq_geometry geometry;
  int32_t depth_multiplier;
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [filter_height, filter_width, channels] */
  const EDGEQ_FLASH int64_t *bias;       /* [channels] */
  const EDGEQ_FLASH int16_t *multiplier; /* [channels] */
  const EDGEQ_FLASH int8_t *shift;       /* [channels] */
} edgeq_depthwise_conv_2d_s16_params;

/* The sum of one channel over the part of a window inside the image; the window's corner is (top, left).
 * x: the channel's element at the image's first pixel. */
static int64_t edgeq_depthwise_conv_2d_s16_window(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *p,
                                                  const int16_t *x, const EDGEQ_FLASH int8_t *filter, int32_t top,
                                                  int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  int64_t sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at = edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at >= 0) {
        sum += (int32_t)x[at] * *filter;
      }
    }
  }
  return sum;
}

/* Channel c of y, of all images. x: the channel that it reads. */
EDGEQ_ONCE static void edgeq_depthwise_conv_2d_s16_channel(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *p,
                                                           const int16_t *x, int32_t c, int16_t *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  int32_t at = c;
  for (int32_t n = 0; n < g->batches; ++n, x += edgeq_image_elements(g)) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, at += g->input_channels * p->depth_multiplier) {
        const int32_t top = row * g->stride_height - g->pad_top, left = column * g->stride_width - g->pad_left;
        const int64_t sum = edgeq_depthwise_conv_2d_s16_window(p, x, p->weights + c, top, left);
        y[at] = edgeq_requantize_wide(sum + p->bias[c], p->multiplier[c], p->shift[c], p->activation_min,
                                      p->activation_max);
      }
    }
  }
}

/* DEPTHWISE_CONV_2D on int16.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_s16(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *p, const int16_t *x,
                                              int16_t *y) {
  int32_t c = 0;
  for (int32_t k = 0; k < p->geometry.input_channels; ++k, ++x) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      edgeq_depthwise_conv_2d_s16_channel(p, x, c, y);
    }
  }
}
