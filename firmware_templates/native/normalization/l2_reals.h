/* Rendered for the rows of the files that include it. */
#include "common/square_root.h"

/* L2_NORMALIZATION of float32. */
typedef struct {
  int32_t rows, depth;
} edgeq_l2_normalization_TYPE_params;

typedef float edgeq_l2_TYPE_norm;

static inline float edgeq_l2_TYPE_add_square(
    const EDGEQ_FLASH edgeq_l2_normalization_TYPE_params *p, float squares, float x) {
  (void)p;
  return edgeq_add_product(squares, x, x);
}

/* A norm counts as 1e-6 at least. */
static inline edgeq_l2_TYPE_norm edgeq_l2_TYPE_norm_of(float squares) {
  const float root = edgeq_sqrt(squares);
  return root < 1e-6f ? 1e-6f : root;
}

static inline float edgeq_l2_TYPE_divided(const EDGEQ_FLASH edgeq_l2_normalization_TYPE_params *p,
                                          float x, edgeq_l2_TYPE_norm norm) {
  (void)p;
  return x / norm;
}
