#include "common/edgeq_native.h"
#include "softmax/logarithm.h"
#include "softmax/row_sum.h"

typedef struct {
  int32_t rows, depth;
  int32_t radius;          /* distances beyond it are skipped */
  int32_t multiplier;      /* x_scale, to Q5 */
  int32_t back_multiplier; /* from Q5 to distances */
  int8_t shift, back_shift;
  int32_t length;                  /* of exps without the 0 at its end, at most 256 */
  const EDGEQ_FLASH int32_t *exps; /* exp(-d * x_scale) in Q0, then 0 */
} edgeq_log_softmax_s8_params;

/* LOG_SOFTMAX along the last axis on int8.
 * x: [rows, depth], -128 to 127; depth at most 4095
 * y: [rows, depth], scale 1/16, zero point 127, -128 to 127; may be x itself
 */
EDGEQ_KERNEL void edgeq_log_softmax_s8(const EDGEQ_FLASH edgeq_log_softmax_s8_params *p,
                                       const int8_t *x, int8_t *y) {
  for (int32_t r = 0; r < p->rows; ++r, x += p->depth, y += p->depth) {
    const edgeq_row_sum row = edgeq_row_sum_of(x, p->depth, p->exps, p->length);
    const int32_t log_sum = edgeq_log_q12_to_q5(row.sum);
    const int32_t least = edgeq_wrapping_add(log_sum, INT32_MIN);
    const int32_t limit =
        edgeq_multiply_by_quantized_multiplier(least, p->back_multiplier, p->back_shift);
    const int32_t skipped = edgeq_choose(edgeq_below(limit, -p->radius - 1), -p->radius - 1, limit);
    for (int32_t c = 0; c < p->depth; ++c) {
      const int32_t difference = x[c] - row.max;
      const int32_t scaled =
          edgeq_multiply_by_quantized_multiplier(difference, p->multiplier, p->shift);
      const int32_t v =
          edgeq_rounding_divide_by_pot(edgeq_wrapping_add(scaled, -log_sum), 22) + INT8_MAX;
      y[c] = (int8_t)edgeq_clamp(edgeq_choose(edgeq_below(skipped, difference), v, INT8_MIN),
                                 INT8_MIN, INT8_MAX);
    }
  }
}
