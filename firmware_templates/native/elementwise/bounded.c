#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME     T        Y        ARITHMETIC          BOUND        RESULT
 *   mul_s32  int32_t  int32_t  "common/divide.h"   edgeq_clamp  (int32_t)((uint32_t)a * (uint32_t)b)
 *   div_s32  int32_t  int32_t  "common/divide.h"   edgeq_clamp  edgeq_divide(a, b).quotient
 *   mul_f32  float    float    "common/float32.h"  edgeq_bound  a * b
 *   div_f32  float    float    "common/float32.h"  edgeq_bound  a / b
 */
typedef int32_t T, Y;
#define ARITHMETIC "common/divide.h"
#define BOUND edgeq_clamp
#define RESULT (int32_t)((uint32_t)a * (uint32_t)b)

#include ARITHMETIC

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  T activation_min, activation_max;
} edgeq_NAME_params;

/* MUL and DIV on int32 and float32, activation_min to activation_max. On int32 MUL is modulo 2^32,
 * and DIV is cut off towards 0, 0 where b is 0. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  return BOUND(RESULT, p->activation_min, p->activation_max);
}

#include "elementwise/broadcast.h"
