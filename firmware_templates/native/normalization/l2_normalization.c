#include "common/inverse_sqrt.h"

typedef struct {
  int32_t rows, depth, zero_point;
} edgeq_l2_normalization_s8_params;

/* L2_NORMALIZATION on int8: each row divided by the root of its sum of squares.
 * x: [rows, depth], any value
 * y: [rows, depth], at scale 1/128; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_l2_normalization_s8(
    const EDGEQ_FLASH edgeq_l2_normalization_s8_params *p, const int8_t *x, int8_t *y) {
  const int32_t depth = p->depth;
  for (int32_t i = 0; i < p->rows; ++i, x += depth, y += depth) {
    int32_t squares = 0;
    for (int32_t k = 0; k < depth; ++k) {
      const int32_t value = x[k] - p->zero_point;
      squares += value * value;
    }
    const edgeq_inverse inverse = edgeq_inverse_sqrt(squares);
    for (int32_t k = 0; k < depth; ++k) {
      y[k] = (int8_t)edgeq_requantize(x[k] - p->zero_point, inverse.multiplier, inverse.shift + 7,
                                      0, INT8_MIN, INT8_MAX);
    }
  }
}
