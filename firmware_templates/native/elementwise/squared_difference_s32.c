#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME                    T        Y
 *   squared_difference_s32  int32_t  int32_t
 */
typedef int32_t T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* SQUARED_DIFFERENCE on int32 without a scale, modulo 2^32. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  const uint32_t difference = (uint32_t)a - (uint32_t)b;
  (void)p;
  return (Y)(difference * difference);
}

#include "elementwise/broadcast.h"
