#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
  int32_t multiplier; /* x_scale / y_scale */
  int8_t shift;
  int16_t low, high; /* activation range */
} edgeq_rectify_s16_params;

/* RELU and its kin on int16, zero points 0.
 * x: [elements], -32768 to 32767
 * y: [elements], low to high; may be x itself
 */
EDGEQ_KERNEL void edgeq_rectify_s16(const EDGEQ_FLASH edgeq_rectify_s16_params *p, const int16_t *x,
                                    int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t scaled = edgeq_multiply_by_quantized_multiplier(x[i], p->multiplier, p->shift);
    y[i] = (int16_t)edgeq_clamp(scaled, p->low, p->high);
  }
}
