#include "common/float32.h"

typedef struct {
  const EDGEQ_FLASH float *alpha; /* [period] */
  int32_t periods, period;
} edgeq_prelu_f32_params;

/* PRELU on float32: x where x >= 0, else alpha * x.
 * x: [periods, period]
 * y: [periods, period]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_prelu_f32(
    const EDGEQ_FLASH edgeq_prelu_f32_params *p, const float *x, float *y) {
  for (int32_t i = 0; i < p->periods; ++i, x += p->period, y += p->period) {
    for (int32_t k = 0; k < p->period; ++k) {
      y[k] = x[k] >= 0.0f ? x[k] : x[k] * p->alpha[k];
    }
  }
}
