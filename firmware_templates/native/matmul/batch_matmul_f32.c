#include "common/float32.h"
#include "matmul/batch_matmul.h"

/* Rendered for
 *   NAME              T      V
 *   batch_matmul_f32  float  float
 */
typedef float T;
typedef float V;

/* BATCH_MATMUL on float32: each product and each sum rounded, in order. */
typedef struct {
  edgeq_matmul_shape shape;
} edgeq_NAME_params;

static inline V edgeq_NAME_add(const EDGEQ_FLASH edgeq_NAME_params *p, V sum, T x, T y) {
  (void)p;
  return edgeq_add_product(sum, x, y);
}

static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V sum) {
  (void)p;
  return sum;
}

#include "matmul/loops.h"
