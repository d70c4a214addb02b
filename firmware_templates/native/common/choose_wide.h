/* Choices on 64 bits that take as many instructions for every value. */
#ifndef EDGEQ_CHOOSE_WIDE_H
#define EDGEQ_CHOOSE_WIDE_H

#include "common/edgeq_native.h"

/* All ones where a < b, else 0. */
static inline int32_t edgeq_below_s64(int64_t a, int64_t b) {
  /* a sign that an overflow turned is turned back */
  const uint64_t difference = (uint64_t)a - (uint64_t)b;
  const uint64_t turned = ((uint64_t)a ^ (uint64_t)b) & (difference ^ (uint64_t)a);
  return edgeq_sign((int32_t)(uint32_t)((difference ^ turned) >> 32));
}

/* a where mask is all ones, b where it is 0. */
static inline int64_t edgeq_choose_s64(int32_t mask, int64_t a, int64_t b) {
  return b ^ ((a ^ b) & (int64_t)mask);
}

#endif
