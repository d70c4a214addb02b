#ifndef EDGEQ_RECIPROCAL_H
#define EDGEQ_RECIPROCAL_H

#include "common/saturating_shift.h"

/* 1 / (1 + x) in Q0 (raw / 2^31) for 0 <= x < 1 in Q0, by three Newton steps; 1 / (1 + 0)
 * saturates. (gemmlowp) */
static inline int32_t edgeq_one_over_one_plus_x(int32_t x) {
  const int32_t half_denominator = (int32_t)(((uint32_t)x + ((uint32_t)1 << 31)) >> 1);
  const int32_t one = (int32_t)1 << 29; /* the quotient is in Q2, raw / 2^29 */
  int32_t y =
      1515870810 + edgeq_saturating_rounding_doubling_high_mul(half_denominator, -1010580540);
  EDGEQ_ROLLED
  for (int step = 0; step < 3; ++step) {
    const int32_t error = one - edgeq_saturating_rounding_doubling_high_mul(half_denominator, y);
    y += edgeq_saturating_shift_left(edgeq_saturating_rounding_doubling_high_mul(y, error), 2);
  }
  return edgeq_saturating_shift_left(y, 1);
}

/* Of x > 0, in as many turns for every x. */
static inline int edgeq_leading_zeros(int32_t x) {
  uint32_t shifted = (uint32_t)x;
  int32_t zeros = 0;
  EDGEQ_ROLLED
  for (int32_t step = 16; step > 0; step >>= 1) {
    const int32_t more = step & edgeq_below((int32_t)(shifted >> (32 - step)), 1);
    shifted <<= more;
    zeros += more;
  }
  return (int)zeros;
}

/* 1 / x = r / 2^31 / 2^bits for x > 0 with `integer_bits` before the binary point; gives r and sets
 * bits. */
static inline int32_t edgeq_reciprocal(int32_t x, int integer_bits, int *bits) {
  const int zeros = edgeq_leading_zeros(x);
  *bits = integer_bits - zeros;
  return edgeq_one_over_one_plus_x((int32_t)(((uint32_t)x << zeros) - ((uint32_t)1 << 31)));
}

#endif
