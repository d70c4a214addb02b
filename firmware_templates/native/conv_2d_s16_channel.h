#ifndef EDGEQ_CONV_2D_S16_CHANNEL_H
#define EDGEQ_CONV_2D_S16_CHANNEL_H

#include "geometry.h"
#include "wide.h"

/* Geometry and constants of a convolution of int16 by int8 weights; zero points are 0. Each of the `groups` of
 * filter_channels input channels has its own group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  edgeq_geometry geometry;
  int32_t filter_channels, groups, group_filters;
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [groups * group_filters, filter_height, filter_width, filter_channels] */
  const EDGEQ_FLASH int64_t *bias;       /* [groups * group_filters] */
  const EDGEQ_FLASH int16_t *multiplier; /* [groups * group_filters] */
  const EDGEQ_FLASH int8_t *shift;       /* [groups * group_filters] */
} edgeq_conv_2d_s16_params;

/* The sum of one filter over the part of a window inside the image; the window's corner is (top, left).
 * image: the first channel of the filter's group at the image's first pixel. */
EDGEQ_ONCE static int64_t edgeq_conv_2d_s16_window(const EDGEQ_FLASH edgeq_conv_2d_s16_params *p, const int16_t *image,
                                                   const EDGEQ_FLASH int8_t *filter, int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  int64_t sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += p->filter_channels) {
      const int32_t at = edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at >= 0) {
        for (int32_t c = 0; c < p->filter_channels; ++c) {
          sum += (int32_t)image[at + c] * filter[c];
        }
      }
    }
  }
  return sum;
}

/* Channel f of y, of all images, by its filter. x: the first channel of its group. */
static void edgeq_conv_2d_s16_channel(const EDGEQ_FLASH edgeq_conv_2d_s16_params *p, const int16_t *x,
                                      const EDGEQ_FLASH int8_t *filter, int32_t f, int16_t *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  int32_t at = f;
  for (int32_t n = 0; n < g->batches; ++n, x += edgeq_image_elements(g)) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, at += p->groups * p->group_filters) {
        const int32_t top = row * g->stride_height - g->pad_top, left = column * g->stride_width - g->pad_left;
        const int64_t sum = edgeq_conv_2d_s16_window(p, x, filter, top, left) + p->bias[f];
        y[at] = edgeq_requantize_wide(sum, p->multiplier[f], p->shift[f], p->activation_min, p->activation_max);
      }
    }
  }
}

#endif
