#include "common/choose_wide.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME         T        Y        RESULT
 *   maximum_s8   int8_t   int8_t   edgeq_larger(a, b)
 *   maximum_s16  int16_t  int16_t  edgeq_larger(a, b)
 *   maximum_s32  int32_t  int32_t  edgeq_choose(edgeq_below(b, a), a, b)
 *   maximum_s64  int64_t  int64_t  edgeq_choose_s64(edgeq_below_s64(b, a), a, b)
 *   minimum_s8   int8_t   int8_t   edgeq_smaller(a, b)
 *   minimum_s16  int16_t  int16_t  edgeq_smaller(a, b)
 *   minimum_s32  int32_t  int32_t  edgeq_choose(edgeq_below(a, b), a, b)
 *   minimum_s64  int64_t  int64_t  edgeq_choose_s64(edgeq_below_s64(a, b), a, b)
 */
typedef int8_t T, Y;
#define RESULT edgeq_larger(a, b)

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* MAXIMUM and MINIMUM on integers of one scale and zero point, any value. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  (void)p;
  return (Y)RESULT;
}

#include "elementwise/broadcast.h"
