#include "common/float32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME                    T      Y      RESULT
 *   maximum_f32             float  float  a > b ? a : b
 *   minimum_f32             float  float  a < b ? a : b
 *   squared_difference_f32  float  float  (a - b) * (a - b)
 */
typedef float T, Y;
#define RESULT a > b ? a : b

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* MAXIMUM and MINIMUM, b where they are equal or one is NaN, and SQUARED_DIFFERENCE on float32. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  (void)p;
  return RESULT;
}

#include "elementwise/broadcast.h"
