/* What the quantized sums share: ADD is a + b and SUB a - b, on one fine scale and then on the output's.
 *
 * On the common scale the operand of the larger scale has the factor 1/2, so its term is exact: `a` here. Its weight
 * and the sign of b say which operator it is and which operand came first.
 */
#ifndef EDGEQ_SUM_H
#define EDGEQ_SUM_H

#include "elementwise.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_weight, bias; /* term of a: a * a_weight + bias */
  int32_t b_zero_point, b_multiplier, b_half; /* the factor of b as in edgeq_factor */
  int32_t y_zero_point, y_multiplier, y_half;
  int8_t b_away, b_right, y_away, y_right;
  int8_t b_sign; /* 1 or -1 */
  int32_t activation_min, activation_max;
} edgeq_sum_params;

#endif
