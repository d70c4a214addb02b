#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  T        LOWEST     HIGHEST
 *   s8    int8_t   INT8_MIN   INT8_MAX
 *   s16   int16_t  INT16_MIN  INT16_MAX
 */
typedef int8_t T;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

typedef struct {
  int32_t periods, period; /* alpha repeats after so many elements */
  int32_t input_zero_point, alpha_zero_point, output_zero_point;
  int32_t multiplier_above; /* x_scale / y_scale */
  int32_t multiplier_below; /* x_scale * alpha_scale / y_scale */
  int8_t shift_above, shift_below;
  const EDGEQ_FLASH int8_t *alpha; /* [period] */
} edgeq_prelu_TYPE_params;

/* PRELU: x where it is above its zero point, else alpha * x, requantized.
 * x: [periods, period], any value
 * y: [periods, period], LOWEST to HIGHEST; may be x itself
 */
EDGEQ_KERNEL void edgeq_prelu_TYPE(
    const EDGEQ_FLASH edgeq_prelu_TYPE_params *p, const T *x, T *y) {
  for (int32_t n = 0; n < p->periods; ++n, x += p->period, y += p->period) {
    for (int32_t i = 0; i < p->period; ++i) {
      const int32_t v = x[i] - p->input_zero_point, below = edgeq_sign(v);
      const int32_t slope = edgeq_choose(below, p->alpha[i] - p->alpha_zero_point, 1);
      const int32_t multiplier = edgeq_choose(below, p->multiplier_below, p->multiplier_above);
      const int shift = (int)edgeq_choose(below, p->shift_below, p->shift_above);
      y[i] = (T)edgeq_requantize(
          v * slope, multiplier, shift, p->output_zero_point, LOWEST, HIGHEST);
    }
  }
}
