/* Rendered for the rows of the files that include it. */
#include "common/float32.h"
#include "pooling/pool.h"

/* Pooling of float32. */
typedef struct {
  edgeq_pool_geometry geometry;
  float activation_min, activation_max;
} edgeq_NAME_params;

typedef float edgeq_NAME_divisor;

static inline float edgeq_NAME_divisor_of(edgeq_pool_window window) {
  return (float)(window.rows * window.columns);
}

static inline float edgeq_NAME_mean(float sum, const float *divisor) {
  return sum / *divisor;
}

/* The first of equals; a where b is NaN. */
static inline float edgeq_NAME_larger(float a, float b) {
  return a < b ? b : a;
}

static inline float edgeq_NAME_bound(const EDGEQ_FLASH edgeq_NAME_params *p, float x) {
  return edgeq_bound(x, p->activation_min, p->activation_max);
}
