#include "elementwise.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point, y_zero_point;
  int32_t multiplier; /* of a_scale * b_scale / y_scale */
  int8_t shift;
  int32_t activation_min, activation_max;
} edgeq_mul_s16_params;

/* MUL on int16: y = a * b, either operand broadcast by the loop nest of the parameters.
 * a, b: -32768 to 32767, zero points 0; computed or constant
 * y: activation_min to activation_max; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_mul_s16(const EDGEQ_FLASH edgeq_mul_s16_params *p, const EDGEQ_FLASH int16_t *a,
                                const EDGEQ_FLASH int16_t *b, int16_t *y) {
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const int32_t a_zero_point = p->a_zero_point, b_zero_point = p->b_zero_point, y_zero_point = p->y_zero_point;
  const int32_t multiplier = p->multiplier, low = p->activation_min, high = p->activation_max;
  const int shift = p->shift;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      const int32_t product = (a[i * a_step] - a_zero_point) * (b[i * b_step] - b_zero_point);
      const int32_t scaled = edgeq_multiply_by_quantized_multiplier(product, multiplier, shift);
      *y++ = (int16_t)edgeq_clamp(edgeq_wrapping_add(scaled, y_zero_point), low, high);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
