#ifndef EDGEQ_CONV_2D_WINDOW_H
#define EDGEQ_CONV_2D_WINDOW_H

#include "edgeq_native.h"

/* Geometry and constants of a convolution. Zero points are folded: bias[f] = b[f] - input_zero_point * sum(weights of
 * f), so that the sum runs over raw inputs and padding counts as input_zero_point. Each of the `groups` of
 * filter_channels input channels has its own group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width;
  int32_t filter_height, filter_width, filter_channels;
  int32_t groups, group_filters;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  int32_t input_zero_point, output_zero_point;
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [groups * group_filters, filter_height, filter_width, filter_channels] */
  const EDGEQ_FLASH int32_t *bias;       /* [groups * group_filters] */
  const EDGEQ_FLASH int32_t *multiplier; /* [groups * group_filters] */
  const EDGEQ_FLASH int8_t *shift;       /* [groups * group_filters] */
} edgeq_conv_2d_s8_params;

/* The sum of one filter over one window whose corner is (top, left), padding included.
 * image: the first channel of the filter's group at the input's first pixel. */
static int32_t edgeq_conv_2d_s8_window(const EDGEQ_FLASH edgeq_conv_2d_s8_params *p, const int8_t *image,
                                       const EDGEQ_FLASH int8_t *filter, int32_t top, int32_t left) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->filter_height; ++i) {
    const int32_t row = top + i * p->dilation_height;
    for (int32_t j = 0; j < p->filter_width; ++j, filter += p->filter_channels) {
      const int32_t column = left + j * p->dilation_width;
      if (row < 0 || row >= p->input_height || column < 0 || column >= p->input_width) {
        for (int32_t c = 0; c < p->filter_channels; ++c) {
          sum += p->input_zero_point * filter[c];
        }
      } else {
        const int8_t *pixel = image + (row * p->input_width + column) * p->input_channels;
        for (int32_t c = 0; c < p->filter_channels; ++c) {
          sum += (int32_t)pixel[c] * filter[c];
        }
      }
    }
  }
  return sum;
}

#endif
