#include "sum.h"

typedef edgeq_sum_params edgeq_sum_s8_params;

/* ADD and SUB on int8, either operand broadcast by the loop nest of the parameters.
 * a, b: -128 to 127; computed or constant; a is the operand of the larger scale
 * y: activation_min to activation_max; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_sum_s8(const EDGEQ_FLASH edgeq_sum_s8_params *p, const EDGEQ_FLASH int8_t *a,
                               const EDGEQ_FLASH int8_t *b, int8_t *y) {
  const edgeq_factor of_b = {p->b_multiplier, p->b_half, p->b_away, p->b_right};
  const edgeq_factor of_y = {p->y_multiplier, p->y_half, p->y_away, p->y_right};
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const int32_t a_weight = p->a_weight, bias = p->bias, b_zero_point = p->b_zero_point, b_sign = p->b_sign;
  const int32_t y_zero_point = p->y_zero_point, low = p->activation_min, high = p->activation_max;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      const int32_t term = edgeq_scale_twice((b[i * b_step] - b_zero_point) * ((int32_t)1 << 21), &of_b);
      const int32_t sum = a[i * a_step] * a_weight + bias + b_sign * term;
      *y++ = (int8_t)edgeq_clamp(edgeq_scale_twice(2 * sum, &of_y) + y_zero_point, low, high);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
