/* Fully connected layers in C, one block of four neurons or two at a time; products have the width
 * of int, 16 bits on AVR. */
#ifndef EDGEQ_PORTABLE_NEURONS_H
#define EDGEQ_PORTABLE_NEURONS_H

#include "common/edgeq_native.h"

static inline const EDGEQ_FLASH int8_t *edgeq_dot_neurons(const EDGEQ_FLASH int8_t *w,
                                                          int32_t blocks, const int8_t *x,
                                                          int32_t groups,
                                                          const EDGEQ_FLASH int32_t *from,
                                                          int32_t *to) {
  /* A single block is computed twice where blocks come in twos. */
  const int32_t next = blocks > 1 ? 16 * groups : 0, next_from = blocks > 1 ? 4 : 0;
  int32_t a[4 * EDGEQ_NEURON_BLOCKS];
  for (int32_t k = 0; k < 4; ++k) {
    a[k] = from[k];
#if EDGEQ_NEURON_BLOCKS == 2
    a[4 + k] = from[next_from + k];
#else
    (void)next_from;
#endif
  }
  for (; groups > 0; --groups, w += 16, x += 4) {
    for (int32_t t = 0; t < 4; ++t) {
      const int8_t value = x[t];
      a[0] += value * w[t];
      a[1] += value * w[4 + t];
      a[2] += value * w[8 + t];
      a[3] += value * w[12 + t];
#if EDGEQ_NEURON_BLOCKS == 2
      a[4] += value * w[next + t];
      a[5] += value * w[next + 4 + t];
      a[6] += value * w[next + 8 + t];
      a[7] += value * w[next + 12 + t];
#else
      (void)next;
#endif
    }
  }
  memcpy(to, a, sizeof a);
  return w + next;
}

#endif
