#include "quantize.h"

typedef edgeq_rescale_params edgeq_quantize_s16_s32_params;

/* QUANTIZE of int16 to int32.
 * x: [elements], -32768 to 32767
 * y: [elements], any; no byte shared with x
 */
EDGEQ_KERNEL void edgeq_quantize_s16_s32(const EDGEQ_FLASH edgeq_quantize_s16_s32_params *p, const int16_t *x,
                                         int32_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = edgeq_rescale(p, x[i], INT32_MIN, INT32_MAX);
  }
}
