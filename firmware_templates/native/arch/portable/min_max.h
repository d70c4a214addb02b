/* The smaller and the larger of two numbers, in C. */
#ifndef EDGEQ_PORTABLE_MIN_MAX_H
#define EDGEQ_PORTABLE_MIN_MAX_H

#include "common/choose.h"

/* The smaller and the larger of a and b, less than 2^31 apart. */
static inline int32_t edgeq_smaller(int32_t a, int32_t b) {
  return b + edgeq_negative_part(a - b);
}

static inline int32_t edgeq_larger(int32_t a, int32_t b) {
  return a - edgeq_negative_part(a - b);
}

/* x from low to high, whatever they are. */
static inline int32_t edgeq_clamp(int32_t x, int32_t low, int32_t high) {
  const int32_t raised = edgeq_choose(edgeq_below(x, low), low, x);
  return edgeq_choose(edgeq_below(high, raised), high, raised);
}

#endif
