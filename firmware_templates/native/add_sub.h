/* Quantized sums and differences: both operands on one fine scale, then the output's (edgeq/opkit/add_sub.py). */
#ifndef EDGEQ_ADD_SUB_H
#define EDGEQ_ADD_SUB_H

#include "elementwise.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point, y_zero_point;
  int32_t a_multiplier, b_multiplier, y_multiplier; /* of factors below 1 */
  int8_t a_right, b_right, y_right;                 /* shifts, 0 to 31 */
  int32_t activation_min, activation_max;
} edgeq_sum_params;

/* A factor multiplier / 2^(31 + right) below 1, and the zero point beside it. */
typedef struct {
  int32_t zero_point, multiplier;
  int right;
} edgeq_scaling;

static inline int32_t edgeq_scale(int32_t x, const edgeq_scaling *s) {
  return edgeq_rounding_divide_by_pot(edgeq_saturating_rounding_doubling_high_mul(x, s->multiplier), s->right);
}

/* An operand on the common scale; |x - zero_point| < 2^(31 - left_shift). */
static inline int32_t edgeq_sum_term(int32_t x, const edgeq_scaling *s, int left_shift) {
  return edgeq_scale((x - s->zero_point) * ((int32_t)1 << left_shift), s);
}

static inline edgeq_scaling edgeq_sum_a(const EDGEQ_FLASH edgeq_sum_params *p) {
  const edgeq_scaling s = {p->a_zero_point, p->a_multiplier, p->a_right};
  return s;
}

static inline edgeq_scaling edgeq_sum_b(const EDGEQ_FLASH edgeq_sum_params *p) {
  const edgeq_scaling s = {p->b_zero_point, p->b_multiplier, p->b_right};
  return s;
}

static inline edgeq_scaling edgeq_sum_y(const EDGEQ_FLASH edgeq_sum_params *p) {
  const edgeq_scaling s = {p->y_zero_point, p->y_multiplier, p->y_right};
  return s;
}

#endif
