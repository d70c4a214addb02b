#include "float32.h"

typedef struct {
  int32_t elements;
} edgeq_relu6_f32_params;

/* RELU6 on float32; what is not above 0 is 0, NaN and -0 among it.
 * x: [elements]
 * y: [elements], 0 to 6; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_relu6_f32(const EDGEQ_FLASH edgeq_relu6_f32_params *p, const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = x[i] > 0.0f ? (x[i] > 6.0f ? 6.0f : x[i]) : 0.0f;
  }
}
