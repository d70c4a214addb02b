/* Element-wise kernels on two operands, either of which may be broadcast: the loop nest that edgeq/opkit/elementwise.py
 * plans. The innermost loop is the kernel's own; here is the odometer of the outer ones. */
#ifndef EDGEQ_ELEMENTWISE_H
#define EDGEQ_ELEMENTWISE_H

#include "edgeq_native.h"

#define EDGEQ_OUTER_LOOPS 5 /* at most */

/* How the operands meet. The inner loop takes `run` steps of 1 or 0 (broadcast) elements. Each outer loop, innermost
 * first, has a count and what it adds to the positions of a and b when it advances (elements). */
#define EDGEQ_BROADCAST_FIELDS \
  int32_t run;                 \
  int8_t a_step, b_step;       \
  int8_t outer;                \
  const EDGEQ_FLASH int32_t *loops /* [outer, 3], NULL where there is none */

/* Counts the outer loops on; gives the entry of the loop that advanced, NULL after the last. */
static inline const EDGEQ_FLASH int32_t *edgeq_next_run(int32_t *index, const EDGEQ_FLASH int32_t *loops, int8_t outer) {
  for (int8_t k = 0; k < outer; ++k, loops += 3) {
    if (++index[k] < loops[0]) {
      return loops;
    }
    index[k] = 0;
  }
  return NULL;
}

/* a - b and a * b modulo 2^32, as a register keeps them; the sum is in edgeq_native.h. */
static inline int32_t edgeq_wrapping_subtract(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a - (uint32_t)b);
}

static inline int32_t edgeq_wrapping_multiply(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a * (uint32_t)b);
}

#endif
