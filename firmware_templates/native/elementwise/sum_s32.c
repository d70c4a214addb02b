#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y
 *   sum_s32  int32_t  int32_t
 */
typedef int32_t T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int8_t b_sign; /* 1 or -1 */
} edgeq_NAME_params;

/* ADD and SUB on int32 without a scale, modulo 2^32. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  return (Y)((uint32_t)a + (uint32_t)p->b_sign * (uint32_t)b);
}

#include "elementwise/broadcast.h"
