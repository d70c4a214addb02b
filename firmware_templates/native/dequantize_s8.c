#include "edgeq_native.h"

typedef struct {
  int32_t elements;
  int32_t zero_point;
  float scale;
} edgeq_dequantize_s8_params;

/* DEQUANTIZE of int8: scale * (x - zero_point), rounded once.
 * x: [elements], -128 to 127
 * y: [elements], finite; may end where x does or below
 */
EDGEQ_KERNEL void edgeq_dequantize_s8(const EDGEQ_FLASH edgeq_dequantize_s8_params *p, const int8_t *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = p->scale * (float)(x[i] - p->zero_point);
  }
}
