#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
  int32_t multiplier; /* x_scale / y_scale */
  int8_t shift;
} edgeq_abs_s16_params;

/* ABS on int16, zero points 0.
 * x: [elements], -32768 to 32767
 * y: [elements], -32768 to 32767 (below 0 only where a product beyond 32 bits wraps); may be x
 *    itself
 */
EDGEQ_KERNEL void edgeq_abs_s16(const EDGEQ_FLASH edgeq_abs_s16_params *p, const int16_t *x,
                                int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t v = edgeq_larger(x[i], -(int32_t)x[i]);
    const int32_t scaled = edgeq_multiply_by_quantized_multiplier(v, p->multiplier, p->shift);
    y[i] = (int16_t)edgeq_clamp(scaled, INT16_MIN, INT16_MAX);
  }
}
