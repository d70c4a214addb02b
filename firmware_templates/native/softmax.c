#include "edgeq_native.h"
#include "softmax.h"

typedef struct {
  int32_t rows, depth;
  int32_t length;                  /* of exps without the 0 at its end, at most 256 */
  const EDGEQ_FLASH int32_t *exps; /* exp(-d * beta * x_scale) in Q0, then 0 */
} edgeq_softmax_s8_params;

/* SOFTMAX along the last axis, int8 to int8.
 * x: [rows, depth], -128 to 127; depth at most 4095
 * y: [rows, depth], probabilities with scale 2^-8 and zero point -128; may be x itself
 */
EDGEQ_KERNEL void edgeq_softmax_s8(const EDGEQ_FLASH edgeq_softmax_s8_params *p, const int8_t *x, int8_t *y) {
  for (int32_t r = 0; r < p->rows; ++r, x += p->depth, y += p->depth) {
    const edgeq_softmax_row row = edgeq_softmax_row_of(x, p->depth, p->exps, p->length);
    EDGEQ_ROLLED
    for (int32_t c = 0; c < p->depth; ++c) {
      const int32_t below = edgeq_smaller(row.row.max - x[c], p->length);
      const int32_t v = edgeq_softmax_probability(&row, p->exps[below], 8);
      y[c] = (int8_t)edgeq_smaller(v + INT8_MIN, INT8_MAX);
    }
  }
}
