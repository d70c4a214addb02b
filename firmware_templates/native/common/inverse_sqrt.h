#ifndef EDGEQ_INVERSE_SQRT_H
#define EDGEQ_INVERSE_SQRT_H

#include "common/saturating_shift.h"

/* A real factor multiplier * 2^(shift - 31), shift <= 0. */
typedef struct {
  int32_t multiplier;
  int shift;
} edgeq_inverse;

/* x in [2^27, 2^29) by factors of 4, for x >= 2; *shift grows by 1 for each division. */
static inline int32_t edgeq_normalized_square(int32_t x, int *shift) {
  const int32_t below = edgeq_below(x, (int32_t)1 << 29);
  x = edgeq_choose(below, x, x >> 2);
  *shift += 1 + (int)below;
  for (int step = 0; step < 13; ++step) {
    const int32_t small = edgeq_below(x, (int32_t)1 << 27);
    x = edgeq_choose(small, (int32_t)((uint32_t)x << 2), x);
    *shift += (int)small;
  }
  return x;
}

/* 1 / sqrt(x) for x >= 0 by five Newton steps in Q3; x = 0 counts as 1.
 * (GetInvSqrtQuantizedMultiplierExp) */
static inline edgeq_inverse edgeq_inverse_sqrt(int32_t x) {
  int shift = 11;
  const int32_t normalized = edgeq_normalized_square(x, &shift);
  const int32_t half = edgeq_rounding_divide_by_pot(normalized >> 1, 1);
  const int32_t three_halves = ((int32_t)1 << 28) + ((int32_t)1 << 27);
  int32_t y = (int32_t)1 << 28;
  for (int step = 0; step < 5; ++step) {
    const int32_t square = edgeq_saturating_rounding_doubling_high_mul(y, y);
    const int32_t product = edgeq_saturating_rounding_doubling_high_mul(square, y);
    const int32_t cube = edgeq_saturating_shift_left(product, 6);
    const int32_t left = edgeq_saturating_rounding_doubling_high_mul(three_halves, y);
    const int32_t right = edgeq_saturating_rounding_doubling_high_mul(half, cube);
    y = edgeq_saturating_shift_left(left - right, 3);
  }
  const int32_t root_half = 1518500250; /* sqrt(1/2) */
  const int32_t multiplier = edgeq_saturating_rounding_doubling_high_mul(y, root_half);
  const int32_t negative = edgeq_negative_part(shift), one = edgeq_below(x, 2);
  edgeq_inverse inverse;
  inverse.multiplier =
      edgeq_choose(one, INT32_MAX, (int32_t)((uint32_t)multiplier << -negative));
  inverse.shift = (int)edgeq_choose(one, 0, negative - shift);
  return inverse;
}

#endif
