#include "elementwise.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t activation_min, activation_max;
} edgeq_mul_s32_params;

/* MUL on int32: y = a * b, either operand broadcast by the loop nest of the parameters.
 * a, b: any; computed or constant
 * y: modulo 2^32, then activation_min to activation_max; may lie over an operand that is not broadcast, starting with
 *    it or below
 */
EDGEQ_KERNEL void edgeq_mul_s32(const EDGEQ_FLASH edgeq_mul_s32_params *p, const EDGEQ_FLASH int32_t *a,
                                const EDGEQ_FLASH int32_t *b, int32_t *y) {
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const int32_t low = p->activation_min, high = p->activation_max;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      *y++ = edgeq_clamp((int32_t)((uint32_t)a[i * a_step] * (uint32_t)b[i * b_step]), low, high);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
