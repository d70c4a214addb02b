/* Comparisons on cores that make a number of a flag. */
#ifndef EDGEQ_PORTABLE_BELOW_FLAG_H
#define EDGEQ_PORTABLE_BELOW_FLAG_H

#include "common/compiler.h"

/* All ones where a < b, else 0. */
static inline int32_t edgeq_below(int32_t a, int32_t b) {
  int32_t mask = -(int32_t)(a < b);
  EDGEQ_OPAQUE(mask);
  return mask;
}

#endif
