#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  X
 *   s8    int8_t
 *   u8    uint8_t
 *   s16   int16_t
 */
typedef int8_t X;

typedef struct {
  int32_t elements, zero_point;
  float scale;
} edgeq_dequantize_TYPE_params;

/* DEQUANTIZE: scale * (x - zero_point), rounded once.
 * x: [elements], any value
 * y: [elements], finite; of an x of 8 bits it may end where x does or below, else it shares no
 *    byte with x
 */
EDGEQ_KERNEL void edgeq_dequantize_TYPE(const EDGEQ_FLASH edgeq_dequantize_TYPE_params *p,
    const X *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = p->scale * (float)(x[i] - p->zero_point);
  }
}
