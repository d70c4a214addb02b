/* Fully connected layers for Thumb-1, Cortex-M0 and its like. Contract: fully_connected/neurons.h.
 *
 * r0 w, r1 the way from w to x, which is the same for the taps of a group, r2 product, r3 tap of x,
 * r4 to r7 the rows' offsets, r8, r9, r12 and lr the sums, r10 the end of w. */
#ifndef EDGEQ_THUMB1_NEURONS_H
#define EDGEQ_THUMB1_NEURONS_H

#include "common/edgeq_native.h"

/* One tap of one row; offset, sum: its registers. */
#define EDGEQ_ROW(offset, sum) \
  "ldrsb r2, [r0, " offset     \
  "]\n\t"                      \
  "muls r2, r3, r2\n\t"        \
  "add " sum ", r2\n\t"

/* One tap of 4 rows, 4 multiplications in 14 instructions. */
#define EDGEQ_TAP_OF_NEURONS(forward)                                                         \
  "ldrsb r3, [r0, r1]\n\t" EDGEQ_ROW("r4", "r8") EDGEQ_ROW("r5", "r9") EDGEQ_ROW("r6", "r12") \
      EDGEQ_ROW("r7", "lr") "adds r0, #" forward "\n\t"

/* groups: 1 or more. Saves r4 to r7 itself, since a compiler may keep its frame pointer in one of
 *    them. */
EDGEQ_NOINLINE static const int8_t *edgeq_dot_neurons(const int8_t *w, int32_t blocks,
                                                      const int8_t *x, int32_t groups,
                                                      const int32_t *from, int32_t *sums) {
  register const int8_t *weights __asm__("r0") = w;
  register const int8_t *vector __asm__("r1") = x;
  register const int8_t *end __asm__("r2") = w + 16 * groups;
  register int32_t *to __asm__("r3") = sums;
  register const int32_t *start __asm__("r12") = from;
  (void)blocks;
  __asm__ volatile(
      ".syntax unified\n\t"
      "push {r3, r4, r5, r6, r7}\n\t"
      "mov r3, r12\n\t"
      "ldmia r3!, {r4, r5, r6, r7}\n\t"
      "mov r8, r4\n\t"
      "mov r9, r5\n\t"
      "mov r12, r6\n\t"
      "mov lr, r7\n\t"
      "mov r10, r2\n\t"
      "subs r1, r1, r0\n\t"
      "movs r4, #0\n\t"
      "movs r5, #4\n\t"
      "movs r6, #8\n\t"
      "movs r7, #12\n\t"
      "1:\n\t"
      EDGEQ_TAP_OF_NEURONS("1") EDGEQ_TAP_OF_NEURONS("1") EDGEQ_TAP_OF_NEURONS("1")
      EDGEQ_TAP_OF_NEURONS("13")
      "subs r1, #12\n\t"
      "cmp r0, r10\n\t"
      "bne 1b\n\t"
      "pop {r3}\n\t"
      "mov r4, r8\n\t"
      "mov r5, r9\n\t"
      "mov r6, r12\n\t"
      "mov r7, lr\n\t"
      "stmia r3!, {r4, r5, r6, r7}\n\t"
      "pop {r4, r5, r6, r7}\n\t"
      : "+r"(weights), "+r"(vector), "+r"(end), "+r"(to), "+r"(start)
      :
      : "r8", "r9", "r10", "lr", "cc", "memory");
  return weights;
}

#endif
