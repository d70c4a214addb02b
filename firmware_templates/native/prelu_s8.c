#include "edgeq_native.h"

typedef struct {
  int32_t periods, period; /* alpha repeats after so many elements */
  int32_t input_zero_point, alpha_zero_point, output_zero_point;
  int32_t multiplier_above; /* x_scale / y_scale */
  int32_t multiplier_below; /* x_scale * alpha_scale / y_scale */
  int8_t shift_above, shift_below;
  const EDGEQ_FLASH int8_t *alpha; /* [period] */
} edgeq_prelu_s8_params;

/* PRELU on int8.
 * x: [periods, period], -128 to 127
 * y: [periods, period], -128 to 127; may be x itself
 */
EDGEQ_KERNEL void edgeq_prelu_s8(const EDGEQ_FLASH edgeq_prelu_s8_params *p, const int8_t *x, int8_t *y) {
  for (int32_t n = 0; n < p->periods; ++n, x += p->period, y += p->period) {
    for (int32_t i = 0; i < p->period; ++i) {
      const int32_t v = x[i] - p->input_zero_point;
      const int32_t below = edgeq_sign(v), slope = edgeq_choose(below, p->alpha[i] - p->alpha_zero_point, 1);
      const int32_t multiplier = edgeq_choose(below, p->multiplier_below, p->multiplier_above);
      const int shift = (int)edgeq_choose(below, p->shift_below, p->shift_above);
      const int32_t scaled = edgeq_multiply_by_quantized_multiplier(v * slope, multiplier, shift);
      y[i] = (int8_t)edgeq_clamp(edgeq_wrapping_add(scaled, p->output_zero_point), INT8_MIN, INT8_MAX);
    }
  }
}
