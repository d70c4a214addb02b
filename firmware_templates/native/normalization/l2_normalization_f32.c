#include "common/square_root.h"

typedef struct {
  int32_t rows, depth;
} edgeq_l2_normalization_f32_params;

/* L2_NORMALIZATION on float32: each row divided by its norm, which counts as 1e-6 at least.
 * x: [rows, depth]
 * y: [rows, depth]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_l2_normalization_f32(
    const EDGEQ_FLASH edgeq_l2_normalization_f32_params *p, const float *x, float *y) {
  const int32_t depth = p->depth;
  for (int32_t i = 0; i < p->rows; ++i, x += depth, y += depth) {
    float squares = 0;
    for (int32_t k = 0; k < depth; ++k) {
      squares = edgeq_add_product(squares, x[k], x[k]);
    }
    const float root = edgeq_sqrt(squares), norm = root < 1e-6f ? 1e-6f : root;
    for (int32_t k = 0; k < depth; ++k) {
      y[k] = x[k] / norm;
    }
  }
}
