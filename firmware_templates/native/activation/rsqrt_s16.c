#include "common/edgeq_native.h"
#include "common/inverse_sqrt.h"

typedef struct {
  int32_t elements;
  int32_t multiplier; /* of roots with 20 fraction bits, to the output's scale */
  int8_t shift;
} edgeq_rsqrt_s16_params;

/* RSQRT on int16, zero points 0: 1 / sqrt(x), the greatest output where x <= 0.
 * x: [elements], -32768 to 32767
 * y: [elements], -32768 to 32767 (below 0 only where a product beyond 32 bits wraps); may be x
 *    itself
 */
EDGEQ_KERNEL void edgeq_rsqrt_s16(const EDGEQ_FLASH edgeq_rsqrt_s16_params *p, const int16_t *x,
                                  int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t positive = edgeq_below(0, x[i]);
    const edgeq_inverse root = edgeq_inverse_sqrt(edgeq_choose(positive, x[i], 1));
    const int32_t fine =
        edgeq_multiply_by_quantized_multiplier(1, root.multiplier, root.shift + 20);
    const int32_t scaled = edgeq_multiply_by_quantized_multiplier(fine, p->multiplier, p->shift);
    y[i] = (int16_t)edgeq_choose(positive, edgeq_clamp(scaled, INT16_MIN, INT16_MAX), INT16_MAX);
  }
}
