#include "elementwise.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int8_t b_sign; /* 1 or -1 */
} edgeq_sum_s32_params;

/* ADD and SUB on int32 without a scale, either operand broadcast by the loop nest of the parameters.
 * a, b: any; computed or constant
 * y: modulo 2^32; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_sum_s32(const EDGEQ_FLASH edgeq_sum_s32_params *p, const EDGEQ_FLASH int32_t *a,
                                const EDGEQ_FLASH int32_t *b, int32_t *y) {
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  const uint32_t b_sign = (uint32_t)p->b_sign;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      *y++ = (int32_t)((uint32_t)a[i * a_step] + b_sign * (uint32_t)b[i * b_step]);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
