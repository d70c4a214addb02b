#include "common/float32.h"

typedef struct {
  int32_t elements;
  float alpha;
} edgeq_leaky_relu_f32_params;

/* LEAKY_RELU on float32: x above 0, else alpha * x.
 * x: [elements]
 * y: [elements]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_leaky_relu_f32(const EDGEQ_FLASH edgeq_leaky_relu_f32_params *p,
                                       const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = x[i] > 0.0f ? x[i] : x[i] * p->alpha;
  }
}
