/* Comparisons without a branch, in C. */
#ifndef EDGEQ_PORTABLE_BELOW_H
#define EDGEQ_PORTABLE_BELOW_H

#include "common/compiler.h"

/* All ones where a < b, else 0. */
static inline int32_t edgeq_below(int32_t a, int32_t b) {
  /* a sign that an overflow turned is turned back */
  const uint32_t difference = (uint32_t)a - (uint32_t)b;
  const uint32_t turned = ((uint32_t)a ^ (uint32_t)b) & (difference ^ (uint32_t)a);
  return (int32_t)(difference ^ turned) >> 31;
}

#endif
