#include "exponential.h"

typedef struct {
  int32_t elements;
} edgeq_logistic_f32_params;

/* LOGISTIC on float32: 1 / (1 + e^-x); its limits beyond -9 and 16.6.
 * x: [elements]
 * y: [elements], 0 to 1; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_logistic_f32(const EDGEQ_FLASH edgeq_logistic_f32_params *p, const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const float v = x[i];
    y[i] = v > 16.619047164916992188f ? 1.0f : v < -9.0f ? edgeq_exp(v) : 1.0f / (1.0f + edgeq_exp(-v));
  }
}
