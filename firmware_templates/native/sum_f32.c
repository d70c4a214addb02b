#include "elementwise.h"
#include "float32.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  float b_sign; /* 1 or -1 */
  float activation_min, activation_max;
} edgeq_sum_f32_params;

/* ADD and SUB on float32, either operand broadcast by the loop nest of the parameters.
 * a, b: computed or constant
 * y: activation_min to activation_max; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_sum_f32(const EDGEQ_FLASH edgeq_sum_f32_params *p, const EDGEQ_FLASH float *a,
                                const EDGEQ_FLASH float *b, float *y) {
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const float b_sign = p->b_sign, low = p->activation_min, high = p->activation_max;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      *y++ = edgeq_bound(edgeq_add_product(a[i * a_step], b_sign, b[i * b_step]), low, high);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
