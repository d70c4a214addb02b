#include "float32.h"

typedef struct {
  int32_t elements;
} edgeq_abs_f32_params;

/* ABS on float32.
 * x: [elements]
 * y: [elements], not negative; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_abs_f32(const EDGEQ_FLASH edgeq_abs_f32_params *p, const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = x[i] > 0.0f ? x[i] : 0.0f - x[i];
  }
}
