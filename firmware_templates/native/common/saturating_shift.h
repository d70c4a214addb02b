#ifndef EDGEQ_SATURATING_SHIFT_H
#define EDGEQ_SATURATING_SHIFT_H

#include "common/edgeq_native.h"

/* x * 2^exponent, clamped to int32; 0 <= exponent <= 31. */
static inline int32_t edgeq_saturating_shift_left(int32_t x, int exponent) {
  const int32_t limit = (int32_t)(((uint32_t)1 << (31 - exponent)) - 1u);
  const int32_t beyond = edgeq_below(limit, x) | edgeq_below(x, -limit);
  return edgeq_choose(beyond, edgeq_sign(x) ^ INT32_MAX, (int32_t)((uint32_t)x << exponent));
}

#endif
