#include "quantize.h"

typedef edgeq_rescale_params edgeq_quantize_s16_s16_params;

/* QUANTIZE of int16 to int16.
 * x: [elements], -32768 to 32767
 * y: [elements], -32768 to 32767; may be x itself
 */
EDGEQ_KERNEL void edgeq_quantize_s16_s16(const EDGEQ_FLASH edgeq_quantize_s16_s16_params *p, const int16_t *x,
                                         int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int16_t)edgeq_rescale(p, x[i], INT16_MIN, INT16_MAX);
  }
}
