#include "common/double.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME           T      Y
 *   floor_div_f32  float  float
 */
typedef float T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* FLOOR_DIV on float32, whose quotient is a double. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  const double quotient = (double)a / (double)b;
  (void)p;
  if (!(quotient > -0x1p52 && quotient < 0x1p52)) { /* whole, infinite or NaN */
    return (Y)quotient;
  }
  const double whole = (double)(int64_t)quotient;
  return (Y)(whole == quotient ? quotient : whole > quotient ? whole - 1.0 : whole);
}

#include "elementwise/broadcast.h"
