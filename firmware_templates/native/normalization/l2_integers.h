/* Rendered for the rows of the files that include it. */
#include "common/inverse_sqrt.h"

/* L2_NORMALIZATION of int8; outputs have scale 1/128 and zero point 0. */
typedef struct {
  int32_t rows, depth, zero_point;
} edgeq_l2_normalization_TYPE_params;

typedef edgeq_inverse edgeq_l2_TYPE_norm;

static inline int32_t edgeq_l2_TYPE_add_square(
    const EDGEQ_FLASH edgeq_l2_normalization_TYPE_params *p, int32_t squares, T x) {
  const int32_t value = x - p->zero_point;
  return squares + value * value;
}

static inline edgeq_l2_TYPE_norm edgeq_l2_TYPE_norm_of(int32_t squares) {
  return edgeq_inverse_sqrt(squares);
}

static inline T edgeq_l2_TYPE_divided(const EDGEQ_FLASH edgeq_l2_normalization_TYPE_params *p, T x,
                                      edgeq_l2_TYPE_norm norm) {
  return (T)edgeq_requantize(x - p->zero_point, norm.multiplier, norm.shift + 7, 0, INT8_MIN,
                             INT8_MAX);
}
