#include "common/wide.h"
#include "matmul/batch_matmul.h"

/* Rendered for
 *   NAME              T        V
 *   batch_matmul_s16  int16_t  int64_t
 */
typedef int16_t T;
typedef int64_t V;

/* BATCH_MATMUL on int16 with zero points 0: sums of 64 bits, rounded once. */
typedef struct {
  edgeq_matmul_shape shape;
  int32_t multiplier, shift; /* of edgeq_requantize_wide */
} edgeq_NAME_params;

static inline V edgeq_NAME_add(const EDGEQ_FLASH edgeq_NAME_params *p, V sum, T x, T y) {
  (void)p;
  return sum + (int32_t)x * y;
}

static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V sum) {
  return edgeq_requantize_wide(sum, p->multiplier, (int)p->shift, INT16_MIN, INT16_MAX);
}

#include "matmul/loops.h"
