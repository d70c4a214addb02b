#include "activation/tanh_f32.h"

typedef struct {
  int32_t elements;
} edgeq_tanh_f32_params;

/* TANH on float32.
 * x: [elements]
 * y: [elements], -1 to 1; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_tanh_f32(const EDGEQ_FLASH edgeq_tanh_f32_params *p, const float *x,
                                 float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = edgeq_tanh(x[i]);
  }
}
