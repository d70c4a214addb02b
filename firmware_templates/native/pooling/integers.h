/* Rendered for the rows of the files that include it. */
#include "pooling/mean.h"

/* Pooling of integers. */
typedef struct {
  edgeq_pool_geometry geometry;
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

typedef edgeq_divisor edgeq_NAME_divisor;

static inline edgeq_divisor edgeq_NAME_divisor_of(edgeq_pool_window window) {
  return edgeq_divisor_of(window);
}

static inline int32_t edgeq_NAME_mean(int32_t sum, const edgeq_divisor *divisor) {
  return edgeq_mean(sum, divisor);
}

static inline int32_t edgeq_NAME_larger(int32_t a, int32_t b) {
  return edgeq_larger(a, b);
}

static inline T edgeq_NAME_bound(const EDGEQ_FLASH edgeq_NAME_params *p, int32_t x) {
  return (T)edgeq_smaller(edgeq_larger(x, p->activation_min), p->activation_max);
}
