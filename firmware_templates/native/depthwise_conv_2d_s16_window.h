#ifndef EDGEQ_DEPTHWISE_CONV_2D_S16_WINDOW_H
#define EDGEQ_DEPTHWISE_CONV_2D_S16_WINDOW_H

#include "wide.h"

/* Geometry and constants of a depthwise convolution of int16 by int8 weights; zero points are 0.
 * channels = input_channels * depth_multiplier; output channel c reads input channel c / depth_multiplier. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width, depth_multiplier;
  int32_t filter_height, filter_width;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
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
  const int32_t channels = p->input_channels * p->depth_multiplier;
  int64_t sum = 0;
  for (int32_t i = 0; i < p->filter_height; ++i) {
    const int32_t row = top + i * p->dilation_height;
    for (int32_t j = 0; j < p->filter_width; ++j, filter += channels) {
      const int32_t column = left + j * p->dilation_width;
      if (row >= 0 && row < p->input_height && column >= 0 && column < p->input_width) {
        sum += (int32_t)x[(row * p->input_width + column) * p->input_channels] * *filter;
      }
    }
  }
  return sum;
}

#endif
