#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier_above; /* x_scale / y_scale */
  int32_t multiplier_below; /* alpha * x_scale / y_scale, negative where alpha is */
  int8_t shift_above, shift_below;
} edgeq_leaky_relu_s16_params;

/* LEAKY_RELU on int16.
 * x: [elements], -32768 to 32767
 * y: [elements], -32768 to 32767; may be x itself
 */
EDGEQ_KERNEL void edgeq_leaky_relu_s16(const EDGEQ_FLASH edgeq_leaky_relu_s16_params *p,
                                       const int16_t *x, int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t v = x[i] - p->input_zero_point;
    const int32_t below = edgeq_sign(v),
                  multiplier = edgeq_choose(below, p->multiplier_below, p->multiplier_above);
    const int shift = (int)edgeq_choose(below, p->shift_below, p->shift_above);
    const int32_t scaled = edgeq_multiply_by_quantized_multiplier(v, multiplier, shift);
    y[i] = (int16_t)edgeq_clamp(edgeq_wrapping_add(scaled, p->output_zero_point), INT16_MIN,
                                INT16_MAX);
  }
}
