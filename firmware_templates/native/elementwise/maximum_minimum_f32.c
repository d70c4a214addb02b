#include "common/float32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME         T      Y      BEYOND
 *   maximum_f32  float  float  >
 *   minimum_f32  float  float  <
 */
typedef float T, Y;
#define BEYOND >

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* MAXIMUM (>) and MINIMUM (<) on float32; b where they are equal or one is NaN. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  (void)p;
  return a BEYOND b ? a : b;
}

#include "elementwise/broadcast.h"
