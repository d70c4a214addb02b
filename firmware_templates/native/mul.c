#include "elementwise.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point, y_zero_point;
  int32_t multiplier, half; /* a_scale * b_scale / y_scale as in edgeq_factor, after a shift to the left */
  int8_t away, left, right;
  int32_t activation_min, activation_max;
} edgeq_mul_s8_params;

/* MUL on int8: y = a * b, either operand broadcast by the loop nest of the parameters.
 * a, b: -128 to 127; computed or constant
 * y: activation_min to activation_max; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_mul_s8(const EDGEQ_FLASH edgeq_mul_s8_params *p, const EDGEQ_FLASH int8_t *a,
                               const EDGEQ_FLASH int8_t *b, int8_t *y) {
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const int32_t a_zero_point = p->a_zero_point, b_zero_point = p->b_zero_point, y_zero_point = p->y_zero_point;
  const int32_t low = p->activation_min, high = p->activation_max;
  const edgeq_factor factor = {p->multiplier, p->half, p->away, p->right};
  const int left = p->left;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      const int32_t product = (a[i * a_step] - a_zero_point) * (b[i * b_step] - b_zero_point);
      const int32_t scaled = edgeq_scale((int32_t)((uint32_t)product << left), &factor);
      *y++ = (int8_t)edgeq_clamp(edgeq_wrapping_add(scaled, y_zero_point), low, high);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
