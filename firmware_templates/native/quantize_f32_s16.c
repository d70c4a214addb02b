#include "quantize.h"

typedef edgeq_from_real_params edgeq_quantize_f32_s16_params;

/* QUANTIZE of float to int16.
 * x: [elements], any
 * y: [elements], -32768 to 32767; no byte shared with x
 */
EDGEQ_KERNEL void edgeq_quantize_f32_s16(const EDGEQ_FLASH edgeq_quantize_f32_s16_params *p, const float *x,
                                         int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int16_t)edgeq_from_real(p, x[i], INT16_MIN, INT16_MAX);
  }
}
