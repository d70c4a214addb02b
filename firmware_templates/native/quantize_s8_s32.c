#include "quantize.h"

typedef edgeq_rescale_params edgeq_quantize_s8_s32_params;

/* QUANTIZE of int8 to int32.
 * x: [elements], -128 to 127
 * y: [elements], any; may end where x does or below
 */
EDGEQ_KERNEL void edgeq_quantize_s8_s32(const EDGEQ_FLASH edgeq_quantize_s8_s32_params *p, const int8_t *x,
                                        int32_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = edgeq_rescale(p, x[i], INT32_MIN, INT32_MAX);
  }
}
