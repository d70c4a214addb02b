#include "common/float32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T      Y
 *   sum_f32  float  float
 */
typedef float T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  float b_sign; /* 1 or -1 */
  float activation_min, activation_max;
} edgeq_NAME_params;

/* ADD and SUB on float32, activation_min to activation_max. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  const float sum = edgeq_add_product(a, p->b_sign, b);
  return edgeq_bound(sum, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
