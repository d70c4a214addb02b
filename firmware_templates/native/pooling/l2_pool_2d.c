#include "common/square_root.h"
#include "pooling/pool.h"

/* Rendered for
 *   NAME            T      V      FIRST  VALUES
 *   l2_pool_2d_f32  float  float  0      "pooling/reals.h"
 */
typedef float T;
typedef float V;
#define FIRST 0
#define VALUES "pooling/reals.h"

#include VALUES

/* L2_POOL_2D: the root of the mean square of each window's elements, clamped. */
static inline V edgeq_NAME_fold(V squares, V x) {
  return edgeq_add_product(squares, x, x);
}

static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V squares,
                              const edgeq_NAME_divisor *count) {
  return edgeq_NAME_bound(p, edgeq_sqrt(edgeq_NAME_mean(squares, count)));
}

#include "pooling/pixel.h"
#include "pooling/windows.h"
