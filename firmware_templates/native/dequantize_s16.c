#include "edgeq_native.h"

typedef struct {
  int32_t elements;
  int32_t zero_point;
  float scale;
} edgeq_dequantize_s16_params;

/* DEQUANTIZE of int16: scale * (x - zero_point), rounded once.
 * x: [elements], -32768 to 32767
 * y: [elements], finite; no byte shared with x
 */
EDGEQ_KERNEL void edgeq_dequantize_s16(const EDGEQ_FLASH edgeq_dequantize_s16_params *p, const int16_t *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = p->scale * (float)(x[i] - p->zero_point);
  }
}
