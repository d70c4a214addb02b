/* Comparisons by Thumb-1's borrow, which is that of unsigned numbers. */
#ifndef EDGEQ_THUMB1_BELOW_H
#define EDGEQ_THUMB1_BELOW_H

#include "common/compiler.h"

/* All ones where a < b, else 0. */
static inline int32_t edgeq_below(int32_t a, int32_t b) {
  int32_t mask;
  __asm__(".syntax unified\n\tcmp %1, %2\n\tsbcs %0, %0"
          : "=l"(mask)
          : "l"(a ^ INT32_MIN), "l"(b ^ INT32_MIN)
          : "cc");
  return mask;
}

#endif
