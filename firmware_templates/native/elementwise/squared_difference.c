#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME                    T        Y        SHIFT  LOWEST     HIGHEST
 *   squared_difference_s8   int8_t   int8_t   7      INT8_MIN   INT8_MAX
 *   squared_difference_s16  int16_t  int16_t  0      INT16_MIN  INT16_MAX
 */
typedef int8_t T, Y;
#define SHIFT 7
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point, y_zero_point;
  edgeq_factor a_factor, b_factor; /* to the common scale */
  edgeq_factor y_factor;           /* of the square, after a shift left */
  int8_t left;
} edgeq_NAME_params;

/* SQUARED_DIFFERENCE: a and b of any value, zero points of int16 being 0. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, int32_t a, int32_t b) {
  const int32_t left = edgeq_scale((a - p->a_zero_point) * (1 << SHIFT), &p->a_factor);
  const int32_t right = edgeq_scale((b - p->b_zero_point) * (1 << SHIFT), &p->b_factor);
  const uint32_t square = (uint32_t)((left - right) * (left - right));
  const int32_t scaled = edgeq_scale((int32_t)(square << p->left), &p->y_factor);
  const int32_t y = edgeq_wrapping_add(scaled, p->y_zero_point);
  return (Y)edgeq_clamp(y, LOWEST, HIGHEST);
}

#include "elementwise/broadcast.h"
