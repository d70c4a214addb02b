#include "common/float32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T      Y      RESULT
 *   mul_f32  float  float  a * b
 *   div_f32  float  float  a / b
 */
typedef float T, Y;
#define RESULT a * b

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  float activation_min, activation_max;
} edgeq_NAME_params;

/* MUL and DIV on float32, activation_min to activation_max. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  return edgeq_bound(RESULT, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
