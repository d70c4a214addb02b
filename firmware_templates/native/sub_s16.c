#include "add_sub.h"

typedef edgeq_sum_params edgeq_sub_s16_params;

/* SUB on int16: y = a - b, either operand broadcast by the loop nest of the parameters.
 * a, b: -32768 to 32767, zero points 0; computed or constant
 * y: activation_min to activation_max; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_sub_s16(const EDGEQ_FLASH edgeq_sub_s16_params *p, const EDGEQ_FLASH int16_t *a,
                                const EDGEQ_FLASH int16_t *b, int16_t *y) {
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const edgeq_scaling of_a = edgeq_sum_a(p), of_b = edgeq_sum_b(p), of_y = edgeq_sum_y(p);
  const int32_t low = p->activation_min, high = p->activation_max;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      const int32_t left = edgeq_sum_term(a[i * a_step], &of_a, 15);
      const int32_t right = edgeq_sum_term(b[i * b_step], &of_b, 15);
      *y++ = (int16_t)edgeq_clamp(edgeq_scale(left - right, &of_y) + of_y.zero_point, low, high);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
