/* Average pooling of int8 in C. */
#ifndef EDGEQ_PORTABLE_AVERAGE_POOL_H
#define EDGEQ_PORTABLE_AVERAGE_POOL_H

#include "pooling/mean.h"

/* The means of all channels in a window; x: the image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                             edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_divisor divisor = edgeq_divisor_of(window);
  for (int32_t c = 0; c < g->channels; ++c) {
    int32_t sum = 0;
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = 0; j < window.columns; ++j) {
        sum += element[j * g->channels];
      }
    }
    y[c] = edgeq_average_pool_2d_s8_mean(p, sum, &divisor);
  }
}

#endif
