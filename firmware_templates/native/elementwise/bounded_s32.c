#include "common/divide.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y        RESULT
 *   mul_s32  int32_t  int32_t  (int32_t)((uint32_t)a * (uint32_t)b)
 *   div_s32  int32_t  int32_t  edgeq_divide(a, b).quotient
 */
typedef int32_t T, Y;
#define RESULT (int32_t)((uint32_t)a * (uint32_t)b)

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

/* MUL on int32 modulo 2^32, and DIV, cut off towards 0, 0 where b is 0; activation_min to
 * activation_max. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  return edgeq_clamp(RESULT, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
