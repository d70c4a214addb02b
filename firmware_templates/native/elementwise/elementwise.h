/* Element-wise kernels on two operands, either of which may be broadcast: the loop nest that
 * edgeq/opkit/elementwise.py plans. The innermost loop is the kernel's own; here is the odometer of
 * the outer ones. */
#ifndef EDGEQ_ELEMENTWISE_H
#define EDGEQ_ELEMENTWISE_H

#include "common/edgeq_native.h"

#define EDGEQ_OUTER_LOOPS 5 /* at most */

/* How the operands meet. The inner loop takes `run` steps of 1 or 0 (broadcast) elements. Each
 * outer loop, innermost first, has a count and what it adds to the positions of a and b when it
 * advances (elements). */
#define EDGEQ_BROADCAST_FIELDS \
  int32_t run;                 \
  int8_t a_step, b_step;       \
  int8_t outer;                \
  const EDGEQ_FLASH int32_t *loops /* [outer, 3], NULL where there is none */

/* Counts the outer loops on; gives the entry of the loop that advanced, NULL after the last. */
static inline const EDGEQ_FLASH int32_t *edgeq_next_run(int32_t *index,
                                                        const EDGEQ_FLASH int32_t *loops,
                                                        int8_t outer) {
  for (int8_t k = 0; k < outer; ++k, loops += 3) {
    if (++index[k] < loops[0]) {
      return loops;
    }
    index[k] = 0;
  }
  return NULL;
}

/* A factor multiplier / 2^(31 + right), 0 <= multiplier < 2^31, with what rounds ties away from
 * zero. */
typedef struct {
  int32_t multiplier;
  int32_t half, away; /* 2^(right - 1) and -1, or 0 and 0 where right is 0 */
  int right;
} edgeq_factor;

/* x * factor rounded twice, from high = x * multiplier / 2^31 to nearest. Where x < 0 rounds to
 * high = 0 the tie rule of negative numbers gives 0 as well, so the sign of x serves, which is
 * known first. high + half < 2^31. */
static inline int32_t edgeq_round_right(int32_t high, int32_t x, const edgeq_factor *f) {
  return (high + f->half + (edgeq_sign(x) & f->away)) >> f->right;
}

/* x * factor, rounded twice. */
static inline int32_t edgeq_scale(int32_t x, const edgeq_factor *f) {
  return edgeq_round_right(edgeq_rounding_doubling_high_mul(x, f->multiplier), x, f);
}

/* x * factor from 2 * x: the high word of the product is the high multiply of the reference. */
static inline int32_t edgeq_scale_twice(int32_t twice_x, const edgeq_factor *f) {
  return edgeq_round_right(edgeq_high_word_rounded(twice_x, f->multiplier), twice_x, f);
}

#endif
