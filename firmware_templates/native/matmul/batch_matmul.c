#include "matmul/batch_matmul.h"

/* Rendered for
 *   NAME             T       V
 *   batch_matmul_s8  int8_t  int32_t
 */
typedef int8_t T;
typedef int32_t V;

/* BATCH_MATMUL on int8: sums modulo 2^32, requantized. */
typedef struct {
  edgeq_matmul_shape shape;
  int32_t x_zero_point, y_zero_point;
  int32_t multiplier, shift, output_zero_point;
} edgeq_NAME_params;

static inline V edgeq_NAME_add(const EDGEQ_FLASH edgeq_NAME_params *p, V sum, T x, T y) {
  return edgeq_wrapping_add(sum, (x - p->x_zero_point) * (y - p->y_zero_point));
}

static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V sum) {
  return (T)edgeq_requantize(sum, p->multiplier, (int)p->shift, p->output_zero_point, INT8_MIN,
                             INT8_MAX);
}

#include "matmul/loops.h"
