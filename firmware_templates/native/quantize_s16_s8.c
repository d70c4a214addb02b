#include "quantize.h"

typedef edgeq_rescale_params edgeq_quantize_s16_s8_params;

/* QUANTIZE of int16 to int8.
 * x: [elements], -32768 to 32767
 * y: [elements], -128 to 127; may start with x or below
 */
EDGEQ_KERNEL void edgeq_quantize_s16_s8(const EDGEQ_FLASH edgeq_quantize_s16_s8_params *p, const int16_t *x,
                                        int8_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int8_t)edgeq_rescale(p, x[i], INT8_MIN, INT8_MAX);
  }
}
