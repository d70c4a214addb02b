#include "quantize.h"

typedef edgeq_from_real_params edgeq_quantize_f32_s8_params;

/* QUANTIZE of float to int8.
 * x: [elements], any
 * y: [elements], -128 to 127; may start with x or below
 */
EDGEQ_KERNEL void edgeq_quantize_f32_s8(const EDGEQ_FLASH edgeq_quantize_f32_s8_params *p, const float *x, int8_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int8_t)edgeq_from_real(p, x[i], INT8_MIN, INT8_MAX);
  }
}
