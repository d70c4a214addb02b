/* Sums of weighted int8 operands in C. */
#ifndef EDGEQ_PORTABLE_LINEAR_RUN_H
#define EDGEQ_PORTABLE_LINEAR_RUN_H

#include "elementwise/linear.h"

static inline int8_t edgeq_linear_sum(int32_t a, int32_t b, int32_t a_weight, int32_t b_weight,
                                      int32_t offset) {
  return (int8_t)edgeq_saturate_s8((offset + a * a_weight + b * b_weight) >> EDGEQ_LINEAR_SHIFT);
}

EDGEQ_NOINLINE static void edgeq_linear_run(const EDGEQ_FLASH int8_t *a,
                                            const EDGEQ_FLASH int8_t *b, int8_t *y, int32_t run,
                                            int32_t a_weight, int32_t b_weight, int32_t offset) {
  EDGEQ_ROLLED
  for (; run >= 4; run -= 4, a += 4, b += 4, y += 4) {
    y[0] = edgeq_linear_sum(a[0], b[0], a_weight, b_weight, offset);
    y[1] = edgeq_linear_sum(a[1], b[1], a_weight, b_weight, offset);
    y[2] = edgeq_linear_sum(a[2], b[2], a_weight, b_weight, offset);
    y[3] = edgeq_linear_sum(a[3], b[3], a_weight, b_weight, offset);
  }
  EDGEQ_ROLLED
  for (; run > 0; --run) {
    *y++ = edgeq_linear_sum(*a++, *b++, a_weight, b_weight, offset);
  }
}

#endif
