#include "common/divide.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME           T        Y        RESULT
 *   floor_div_s32  int32_t  int32_t  cut.quotient + (other & some)
 *   floor_mod_s32  int32_t  int32_t  cut.remainder + (b & other & some)
 */
typedef int32_t T, Y;
#define RESULT cut.quotient + (other & some)

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* FLOOR_DIV and FLOOR_MOD on int32 without a scale: a quotient towards -infinity and what it
 * leaves; 0 where b is 0. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  const edgeq_division cut = edgeq_divide(a, b);
  const int32_t other = edgeq_sign(cut.remainder ^ b);
  const int32_t some = edgeq_nonzero((uint32_t)cut.remainder);
  (void)p;
  return RESULT;
}

#include "elementwise/broadcast.h"
