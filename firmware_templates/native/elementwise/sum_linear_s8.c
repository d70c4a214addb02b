#include "elementwise/elementwise.h"
#include "elementwise/linear.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_weight, b_weight, offset;
} edgeq_sum_linear_s8_params;

#include EDGEQ_LINEAR_RUN

/* ADD and SUB on int8 as the rounded plane (a * a_weight + b * b_weight + offset) / 2^21, proved
 * equal to the reference for all a and b (edgeq/opkit/linear_pair.py); either operand broadcast by
 * the loop nest of the parameters.
 * a, b: -128 to 127; computed or constant
 * y: -128 to 127; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_sum_linear_s8(const EDGEQ_FLASH edgeq_sum_linear_s8_params *p,
                                                 const EDGEQ_FLASH int8_t *a,
                                                 const EDGEQ_FLASH int8_t *b, int8_t *y) {
  const int32_t a_weight = p->a_step * p->a_weight, b_weight = p->b_step * p->b_weight;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    /* An operand that is one value for the run is part of the offset; the other one stands in for
     * it, weighing 0. */
    const int32_t offset =
        p->offset + *a * (p->a_weight - a_weight) + *b * (p->b_weight - b_weight);
    edgeq_linear_run(p->a_step ? a : b, p->b_step ? b : a, y, p->run, a_weight, b_weight, offset);
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    y += p->run;
    a += loop[1];
    b += loop[2];
  }
}
