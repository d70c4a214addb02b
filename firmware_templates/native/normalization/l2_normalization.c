#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  T       SUM      VALUES
 *   s8    int8_t  int32_t  "normalization/l2_integers.h"
 *   f32   float   float    "normalization/l2_reals.h"
 */
typedef int8_t T;
typedef int32_t SUM;
#define VALUES "normalization/l2_integers.h"

#include VALUES

/* L2_NORMALIZATION: each row divided by the root of its sum of squares.
 * x: [rows, depth], any value
 * y: [rows, depth]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_l2_normalization_TYPE(
    const EDGEQ_FLASH edgeq_l2_normalization_TYPE_params *p, const T *x, T *y) {
  const int32_t depth = p->depth;
  for (int32_t i = 0; i < p->rows; ++i, x += depth, y += depth) {
    SUM squares = 0;
    for (int32_t k = 0; k < depth; ++k) {
      squares = edgeq_l2_TYPE_add_square(p, squares, x[k]);
    }
    const edgeq_l2_TYPE_norm norm = edgeq_l2_TYPE_norm_of(squares);
    for (int32_t k = 0; k < depth; ++k) {
      y[k] = edgeq_l2_TYPE_divided(p, x[k], norm);
    }
  }
}
