/* Fully connected layers, up to three blocks of four neurons at a time. */
#ifndef EDGEQ_EIGHT_LANES_NEURONS_H
#define EDGEQ_EIGHT_LANES_NEURONS_H

#include "common/edgeq_native.h"

static inline const EDGEQ_FLASH int8_t *edgeq_dot_neurons(const EDGEQ_FLASH int8_t *w,
                                                          int32_t blocks, const int8_t *x,
                                                          int32_t groups,
                                                          const EDGEQ_FLASH int32_t *from,
                                                          int32_t *to) {
  for (int32_t i = 0; i < blocks; ++i, w += 16 * groups) {
    for (int32_t k = 0; k < 4; ++k) {
      int32_t sum = from[4 * i + k];
      for (int32_t t = 0; t < 4 * groups; ++t) {
        sum += w[16 * (t / 4) + 4 * k + t % 4] * x[t];
      }
      to[4 * i + k] = sum;
    }
  }
  return w;
}

#endif
