#include <stdbool.h>

#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME              T       Y     RESULT
 *   equal_s8          int8_t  bool  ~(edgeq_below(left, right) | edgeq_below(right, left))
 *   not_equal_s8      int8_t  bool  (edgeq_below(left, right) | edgeq_below(right, left))
 *   greater_s8        int8_t  bool  edgeq_below(right, left)
 *   greater_equal_s8  int8_t  bool  ~edgeq_below(left, right)
 */
typedef int8_t T;
typedef bool Y;
#define RESULT ~(edgeq_below(left, right) | edgeq_below(right, left))

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, a_multiplier, a_half; /* the scales as in edgeq_factor */
  int8_t a_away, a_right;
  int32_t b_zero_point, b_multiplier, b_half;
  int8_t b_away, b_right;
} edgeq_NAME_params;

/* EQUAL, NOT_EQUAL, GREATER and GREATER_EQUAL on int8 of two scales below 1: both operands as real
 * numbers with 8 fraction bits. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, int32_t a, int32_t b) {
  const edgeq_factor of_a = {p->a_multiplier, p->a_half, p->a_away, p->a_right};
  const edgeq_factor of_b = {p->b_multiplier, p->b_half, p->b_away, p->b_right};
  const int32_t left = edgeq_scale((a - p->a_zero_point) * 256, &of_a);
  const int32_t right = edgeq_scale((b - p->b_zero_point) * 256, &of_b);
  return RESULT & 1;
}

#include "elementwise/broadcast.h"
