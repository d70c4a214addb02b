#include "softmax/softmax.h"

/* Rendered for
 *   TYPES   Y        LOWEST     HIGHEST    BITS
 *   s8      int8_t   INT8_MIN   INT8_MAX   8
 *   s8_s16  int16_t  INT16_MIN  INT16_MAX  16
 */
typedef int8_t Y;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX
#define BITS 8

typedef struct {
  int32_t rows, depth;
  int32_t length;                  /* of exps without the 0 at its end, at most 256 */
  const EDGEQ_FLASH int32_t *exps; /* exp(-d * beta * x_scale) in Q0, then 0 */
} edgeq_softmax_TYPES_params;

/* SOFTMAX of int8 along the last axis.
 * x: [rows, depth], -128 to 127; depth at most 4095
 * y: [rows, depth], probabilities with scale 2^-BITS and zero point LOWEST; may be x itself where
 *    it is of the same type, else shares no byte with it
 */
EDGEQ_KERNEL void edgeq_softmax_TYPES(const EDGEQ_FLASH edgeq_softmax_TYPES_params *p,
                                      const int8_t *x, Y *y) {
  for (int32_t r = 0; r < p->rows; ++r, x += p->depth, y += p->depth) {
    const edgeq_softmax_row row = edgeq_softmax_row_of(x, p->depth, p->exps, p->length);
    EDGEQ_ROLLED
    for (int32_t c = 0; c < p->depth; ++c) {
      const int32_t below = edgeq_smaller(row.row.max - x[c], p->length);
      const int32_t v = edgeq_softmax_probability(&row, p->exps[below], BITS);
      y[c] = (Y)edgeq_smaller(v + LOWEST, HIGHEST);
    }
  }
}
