/* Max pooling of int8 in C. */
#ifndef EDGEQ_PORTABLE_MAX_POOL_H
#define EDGEQ_PORTABLE_MAX_POOL_H

#include "pooling/pool.h"

/* The largest elements of all channels in a window, clamped; x: the image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                             edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t c = 0; c < g->channels; ++c) {
    int32_t largest = INT8_MIN;
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = 0; j < window.columns; ++j) {
        largest = edgeq_larger(largest, element[j * g->channels]);
      }
    }
    y[c] = (int8_t)edgeq_smaller(edgeq_larger(largest, p->activation_min), p->activation_max);
  }
}

#endif
