#include "elementwise/elementwise.h"
#include "softmax/reciprocal.h"

/* Rendered for
 *   NAME    T       Y
 *   div_s8  int8_t  int8_t
 */
typedef int8_t T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point, y_zero_point;
  int32_t multiplier; /* a_scale / (b_scale * y_scale) * 2^(31 - shift) */
  int8_t shift;       /* 7 to 22, so that every quotient is shifted right by 1 to 31 bits */
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

/* DIV: a and b of any value -> activation_min to activation_max; of a divisor of 0, the end that
 * has the dividend's sign. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, int32_t a, int32_t b) {
  const int32_t signed_divisor = b - p->b_zero_point, sign = edgeq_sign(signed_divisor);
  const int32_t divisor = (signed_divisor ^ sign) - sign, none = edgeq_below(divisor, 1);
  const int32_t dividend = ((a - p->a_zero_point) ^ sign) - sign, below = edgeq_sign(dividend);
  const int headroom = edgeq_leading_zeros(2 * ((dividend ^ below) - below) + below);
  int bits;
  const int32_t inverse = edgeq_reciprocal(divisor - none, 31, &bits);
  const int32_t unscaled = edgeq_rounding_doubling_high_mul(
      (int32_t)((uint32_t)dividend << headroom), inverse);
  const int32_t scaled = edgeq_rounding_divide_by_pot(
      edgeq_rounding_doubling_high_mul(unscaled, p->multiplier), bits + headroom - p->shift);
  const int32_t whole = edgeq_choose(none, dividend * 512, scaled);
  return (Y)edgeq_clamp(whole + p->y_zero_point, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
