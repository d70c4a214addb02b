#ifndef EDGEQ_LOGARITHM_H
#define EDGEQ_LOGARITHM_H

#include "common/edgeq_native.h"
#include "softmax/reciprocal.h"

/* log(r) in Q0 for r in Q0 about the fourth root of 1/2, by a quotient of polynomials. */
static inline int32_t edgeq_log_near(int32_t r, int32_t *reciprocal) {
  const int32_t root = 1805811301, q = (r - root) * 2,
                p = (int32_t)(((uint32_t)r + (uint32_t)root + 1u) >> 1);
  const int32_t q2 = edgeq_saturating_rounding_doubling_high_mul(q, q);
  const int32_t fitted =
      edgeq_saturating_rounding_doubling_high_mul(127690142, q2) + 1057819769 + q;
  *reciprocal =
      edgeq_one_over_one_plus_x(edgeq_saturating_rounding_doubling_high_mul(p, fitted) +
                                edgeq_saturating_rounding_doubling_high_mul(638450708, q));
  return edgeq_saturating_rounding_doubling_high_mul(q, r) +
         edgeq_saturating_rounding_doubling_high_mul(
             edgeq_saturating_rounding_doubling_high_mul(q, q2), 117049297);
}

/* log(x) in Q5 for x >= 1 in Q12, x = r * 2^(k +- 1/4). (TFLite
 * log_x_for_x_greater_than_or_equal_to_1) */
static inline int32_t edgeq_log_q12_to_q5(int32_t x) {
  const int32_t sqrt_half = 1518500250, quarter = (int32_t)1 << 23; /* in Q6 */
  const int zeros = edgeq_leading_zeros(x);
  const int low_zeros =
      edgeq_leading_zeros(edgeq_saturating_rounding_doubling_high_mul(x, sqrt_half));
  const int32_t r_a =
      edgeq_saturating_shift_left(edgeq_saturating_rounding_doubling_high_mul(
                                      edgeq_saturating_shift_left(x, zeros - 1), sqrt_half),
                                  1);
  const int32_t r_b = edgeq_saturating_shift_left(x, low_zeros - 1);
  const int32_t power_a = (12 - (int32_t)zeros) * ((int32_t)1 << 25) + quarter;
  const int32_t power_b = (13 - (int32_t)low_zeros) * ((int32_t)1 << 25) - quarter;
  int32_t inverse;
  const int32_t numerator = edgeq_log_near(edgeq_smaller(r_a, r_b), &inverse);
  const int32_t scaled = edgeq_rounding_divide_by_pot(numerator, 6);
  const int32_t power =
      edgeq_saturating_rounding_doubling_high_mul(edgeq_larger(power_a, power_b), 1488522236);
  return edgeq_saturating_shift_left(
      power + edgeq_saturating_rounding_doubling_high_mul(scaled, inverse), 1);
}

#endif
