#include "quantize.h"

typedef edgeq_from_real_params edgeq_quantize_f32_u8_params;

/* QUANTIZE of float to uint8.
 * x: [elements], any
 * y: [elements], 0 to 255; may start with x or below
 */
EDGEQ_KERNEL void edgeq_quantize_f32_u8(const EDGEQ_FLASH edgeq_quantize_f32_u8_params *p, const float *x, uint8_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (uint8_t)edgeq_from_real(p, x[i], 0, UINT8_MAX);
  }
}
