/* Element-wise kernels on two operands, either of which may be broadcast: the loop nest that edgeq/opkit/elementwise.py
 * plans. The innermost loop is the kernel's own; here is the odometer of the outer ones. */
#ifndef EDGEQ_ELEMENTWISE_H
#define EDGEQ_ELEMENTWISE_H

#include "edgeq_native.h"

#define EDGEQ_OUTER_LOOPS 5

/* The outer loops, innermost first, and what each adds to the operands' positions when it advances (elements). */
#define EDGEQ_BROADCAST_FIELDS                           \
  int32_t run;            /* steps of the inner loop */  \
  int32_t a_step, b_step; /* 1, or 0: broadcast */       \
  int32_t count[EDGEQ_OUTER_LOOPS];                      \
  int32_t a_next[EDGEQ_OUTER_LOOPS], b_next[EDGEQ_OUTER_LOOPS]

/* Counts the outer loops on; gives the loop that advanced, EDGEQ_OUTER_LOOPS after the last. */
static inline int32_t edgeq_next_run(int32_t *index, const EDGEQ_FLASH int32_t *count) {
  int32_t loop = 0;
  while (loop < EDGEQ_OUTER_LOOPS && ++index[loop] == count[loop]) {
    index[loop++] = 0;
  }
  return loop;
}

/* a - b and a * b modulo 2^32, as a register keeps them; the sum is in edgeq_native.h. */
static inline int32_t edgeq_wrapping_subtract(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a - (uint32_t)b);
}

static inline int32_t edgeq_wrapping_multiply(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a * (uint32_t)b);
}

#endif
