#include "common/float32.h"

typedef struct {
  int32_t elements;
} edgeq_hard_swish_f32_params;

/* HARD_SWISH on float32: x * clamp(x + 3, 0, 6) / 6.
 * x: [elements]
 * y: [elements]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_hard_swish_f32(const EDGEQ_FLASH edgeq_hard_swish_f32_params *p,
                                       const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const float gate = x[i] + 3.0f;
    y[i] = x[i] * (0.0f < gate ? (gate < 6.0f ? gate : 6.0f) : 0.0f) / 6.0f;
  }
}
