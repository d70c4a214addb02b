#ifndef EDGEQ_ORDERED_H
#define EDGEQ_ORDERED_H

#include "common/edgeq_native.h"

/* An integer in the order of x: 0 and -0 are equal, NaN lies beyond infinity on the side of its
 * sign. */
static inline int32_t edgeq_ordered(float x) {
  const float positive_zero = x + 0.0f;
  int32_t bits;
  memcpy(&bits, &positive_zero, sizeof bits);
  return bits ^ (edgeq_sign(bits) & 0x7fffffff);
}

#endif
