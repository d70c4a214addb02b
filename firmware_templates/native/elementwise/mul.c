#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y
 *   mul_s8   int8_t   int8_t
 *   mul_s16  int16_t  int16_t
 */
typedef int8_t T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point, y_zero_point;
  int32_t multiplier, half; /* a_scale * b_scale / y_scale as in edgeq_factor, after a shift left */
  int8_t away, left, right;
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

/* MUL: a and b of any value, zero points of int16 being 0 -> activation_min to activation_max. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, int32_t a, int32_t b) {
  const edgeq_factor factor = {p->multiplier, p->half, p->away, p->right};
  const int32_t product = (a - p->a_zero_point) * (b - p->b_zero_point);
  const int32_t scaled = edgeq_scale((int32_t)((uint32_t)product << p->left), &factor);
  const int32_t y = edgeq_wrapping_add(scaled, p->y_zero_point);
  return (Y)edgeq_clamp(y, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
