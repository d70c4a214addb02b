#include "expm1.h"

typedef struct {
  int32_t elements;
} edgeq_elu_f32_params;

/* ELU on float32: x, below 0 e^x - 1.
 * x: [elements]
 * y: [elements], at least -1; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_elu_f32(const EDGEQ_FLASH edgeq_elu_f32_params *p, const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = x[i] < 0.0f ? edgeq_expm1(x[i]) : x[i];
  }
}
