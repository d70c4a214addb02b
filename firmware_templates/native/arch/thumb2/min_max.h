/* The smaller and the larger of two numbers by Thumb-2's conditional moves. */
#ifndef EDGEQ_THUMB2_MIN_MAX_H
#define EDGEQ_THUMB2_MIN_MAX_H

#include "common/choose.h"

/* The smaller and the larger of a and b. */
static inline int32_t edgeq_smaller(int32_t a, int32_t b) {
  __asm__("cmp %0, %1\n\tit gt\n\tmovgt %0, %1" : "+r"(a) : "r"(b) : "cc");
  return a;
}

static inline int32_t edgeq_larger(int32_t a, int32_t b) {
  __asm__("cmp %0, %1\n\tit lt\n\tmovlt %0, %1" : "+r"(a) : "r"(b) : "cc");
  return a;
}

/* x from low to high. */
static inline int32_t edgeq_clamp(int32_t x, int32_t low, int32_t high) {
  return edgeq_smaller(edgeq_larger(x, low), high);
}

#endif
