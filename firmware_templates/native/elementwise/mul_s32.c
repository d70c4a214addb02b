#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y
 *   mul_s32  int32_t  int32_t
 */
typedef int32_t T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

/* MUL on int32: modulo 2^32, then activation_min to activation_max. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  const T product = (T)((uint32_t)a * (uint32_t)b);
  return edgeq_clamp(product, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
