#ifndef EDGEQ_CONV_2D_CHANNEL_H
#define EDGEQ_CONV_2D_CHANNEL_H

#include "conv_2d_window.h"

/* Geometry and constants of a convolution. Zero points are folded: bias[f] = b[f] - input_zero_point * sum(weights of
 * f), so that the sum runs over raw inputs and padding counts as input_zero_point. Each of the `groups` of
 * filter_channels input channels has its own group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  edgeq_geometry geometry;
  int32_t filter_channels, groups, group_filters;
  int32_t input_zero_point, output_zero_point;
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [groups * group_filters, filter_height, filter_width, filter_channels] */
  const EDGEQ_FLASH int32_t *bias;       /* [groups * group_filters] */
  const EDGEQ_FLASH int32_t *multiplier; /* [groups * group_filters] */
  const EDGEQ_FLASH int8_t *shift;       /* [groups * group_filters] */
} edgeq_conv_2d_s8_params;

/* Channel f of y, of all images, by its filter. x: the first channel of its group. */
static void edgeq_conv_2d_s8_channel(const EDGEQ_FLASH edgeq_conv_2d_s8_params *p, const int8_t *x,
                                     const EDGEQ_FLASH int8_t *filter, int32_t f, int8_t *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  int32_t at = f;
  for (int32_t n = 0; n < g->batches; ++n, x += edgeq_image_elements(g)) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, at += p->groups * p->group_filters) {
        const int32_t top = row * g->stride_height - g->pad_top, left = column * g->stride_width - g->pad_left;
        const int32_t sum = edgeq_conv_2d_window(g, x, p->filter_channels, filter, top, left, p->input_zero_point);
        y[at] = (int8_t)edgeq_requantize(edgeq_wrapping_add(sum, p->bias[f]), p->multiplier[f], p->shift[f],
                                         p->output_zero_point, p->activation_min, p->activation_max);
      }
    }
  }
}

#endif
