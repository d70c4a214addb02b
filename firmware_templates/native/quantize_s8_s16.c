#include "quantize.h"

typedef edgeq_rescale_params edgeq_quantize_s8_s16_params;

/* QUANTIZE of int8 to int16.
 * x: [elements], -128 to 127
 * y: [elements], -32768 to 32767; may end where x does or below
 */
EDGEQ_KERNEL void edgeq_quantize_s8_s16(const EDGEQ_FLASH edgeq_quantize_s8_s16_params *p, const int8_t *x,
                                        int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int16_t)edgeq_rescale(p, x[i], INT16_MIN, INT16_MAX);
  }
}
