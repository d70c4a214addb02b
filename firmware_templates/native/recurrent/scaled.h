#ifndef EDGEQ_SCALED_H
#define EDGEQ_SCALED_H

#include "common/edgeq_native.h"

#include EDGEQ_SATURATE

/* x * 2^left * multiplier / 2^(32 + right), rounded twice as the reference does, where x * 2^left
 * fits 32 bits: to nearest with ties up, then to nearest with ties away from zero. */
static inline int32_t edgeq_scaled(int32_t x, int32_t multiplier, int32_t left, int32_t right) {
  const int32_t v = edgeq_high_word_rounded((int32_t)((uint32_t)x << left), multiplier);
  const int32_t half = (int32_t)((UINT32_C(1) << right) >> 1);
  return (v + half + ((v >> 31) & (-right >> 31))) >> right;
}

#endif
