#include "common/float32.h"

typedef struct {
  int32_t elements;
  float low, high;
} edgeq_clip_f32_params;

/* RELU, RELU_N1_TO_1 and RELU_0_TO_1 on float32; NaN and -0 stay.
 * x: [elements]
 * y: [elements], low to high; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_clip_f32(const EDGEQ_FLASH edgeq_clip_f32_params *p, const float *x,
                                 float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = edgeq_bound(x[i], p->low, p->high);
  }
}
