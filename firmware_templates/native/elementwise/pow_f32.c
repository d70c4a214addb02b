#include "common/power_f32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T      Y
 *   pow_f32  float  float
 */
typedef float T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int8_t multiplies; /* whether exponents near a whole number are products */
} edgeq_NAME_params;

/* POW. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  if (p->multiplies && b >= 0.5f && b < 0x1p31f) {
    const int32_t exponent = (int32_t)((double)b + 0.5);
    const float off = b - (float)exponent;
    if (off > -1e-5f && off < 1e-5f) {
      return edgeq_whole_power(a, exponent);
    }
  }
  return edgeq_power(a, b);
}

#include "elementwise/broadcast.h"
