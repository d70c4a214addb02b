#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y        U
 *   sum_s32  int32_t  int32_t  uint32_t
 *   sum_s64  int64_t  int64_t  uint64_t
 */
typedef int32_t T, Y;
typedef uint32_t U;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int8_t b_sign; /* 1 or -1 */
} edgeq_NAME_params;

/* ADD and SUB on integers without a scale, modulo 2^32 or 2^64. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  return (Y)((U)a + (U)p->b_sign * (U)b);
}

#include "elementwise/broadcast.h"
