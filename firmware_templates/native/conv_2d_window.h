#ifndef EDGEQ_CONV_2D_WINDOW_H
#define EDGEQ_CONV_2D_WINDOW_H

#include "geometry.h"

/* The sum of one filter of int8 over one window whose corner is (top, left), where padding counts as `padding`.
 * image: the first of the filter's input channels, as many as `channels`, at the image's first pixel. */
EDGEQ_ONCE static int32_t edgeq_conv_2d_window(const EDGEQ_FLASH edgeq_geometry *g, const int8_t *image,
                                               int32_t channels, const EDGEQ_FLASH int8_t *filter, int32_t top,
                                               int32_t left, int32_t padding) {
  int32_t sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at = edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at < 0) {
        for (int32_t c = 0; c < channels; ++c) {
          sum += padding * filter[c];
        }
      } else {
        const int8_t *const pixel = image + at;
        for (int32_t c = 0; c < channels; ++c) {
          sum += (int32_t)pixel[c] * filter[c];
        }
      }
    }
  }
  return sum;
}

#endif
