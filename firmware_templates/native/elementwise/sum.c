#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y        LEFT
 *   sum_s8   int8_t   int8_t   21
 *   sum_s16  int16_t  int16_t  16
 */
typedef int8_t T, Y;
#define LEFT 21

/* ADD is a + b and SUB a - b, on a common scale and then on the output's. On the common scale the
 * operand of the larger scale has the factor 1/2, so its term is exact: `a` here. Its weight and
 * that of b say which operator it is and which operand came first. */
typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_weight, bias;                     /* twice the term of a: a * a_weight + bias */
  int32_t b_zero_point, b_multiplier, b_half; /* the factor of b as in edgeq_factor */
  int32_t y_zero_point, y_multiplier, y_half;
  int8_t b_away, b_right, y_away, y_right;
  int8_t b_weight; /* 2 or -2 */
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

/* a and b of any value, zero points of int16 being 0 -> activation_min to activation_max. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, int32_t a, int32_t b) {
  const edgeq_factor of_b = {p->b_multiplier, p->b_half, p->b_away, p->b_right};
  const edgeq_factor of_y = {p->y_multiplier, p->y_half, p->y_away, p->y_right};
  const int32_t twice_b = (b - p->b_zero_point) * ((int32_t)1 << LEFT);
  const int32_t term = edgeq_scale_twice(twice_b, &of_b);
  const int32_t twice_sum = a * p->a_weight + p->bias + p->b_weight * term;
  const int32_t y = edgeq_scale_twice(twice_sum, &of_y) + p->y_zero_point;
  return (Y)edgeq_clamp(y, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
