/* The sums of portable/gemm_tile.h for Thumb-1, Cortex-M0 and its like. In C:
 * portable/dual_multiply.h.
 *
 * r0 w, r1 x, r2 and r3 weights, r4 and r5 products, r6 and r7 the upper halves' sums, r8 and lr
 * the sums of v, r12 the end of a loop. ASRS leaves bit 15 in the carry, so that ADCS rounds. */
#ifndef EDGEQ_THUMB1_DUAL_MULTIPLY_H
#define EDGEQ_THUMB1_DUAL_MULTIPLY_H

#include "common/edgeq_native.h"

/* Two taps of two columns; whole, upper: the registers of their sums. */
#define EDGEQ_PAIR_OF_COLUMNS(whole, upper) \
  "ldmia r1!, {r4, r5}\n\t"                 \
  "muls r4, r2, r4\n\t"                     \
  "muls r5, r3, r5\n\t"                     \
  "adds r4, r4, r5\n\t"                     \
  "add " whole                              \
  ", r4\n\t"                                \
  "asrs r4, r4, #16\n\t"                    \
  "adcs " upper ", r4\n\t"

/* Two taps, 4 columns, 8 multiplications in 18 instructions. */
#define EDGEQ_PAIR_OF_TAPS(first, second) \
  "ldrb r2, [r0, #" first                 \
  "]\n\t"                                 \
  "ldrb r3, [r0, #" second                \
  "]\n\t"                                 \
  "sxtb r2, r2\n\t"                       \
  "sxtb r3, r3\n\t" EDGEQ_PAIR_OF_COLUMNS("r8", "r6") EDGEQ_PAIR_OF_COLUMNS("lr", "r7")

/* Sets of pairs, `bytes` of w each, while r0 is below r12; labels: three numbers for jumps, which
 * BEQ does not span. */
#define EDGEQ_LOOP_OF_PAIRS(pairs, bytes, again, check, done)            \
  "b " check "f\n\t" again ":\n\t" pairs "adds r0, #" bytes "\n\t" check \
  ":\n\t"                                                                \
  "cmp r0, r12\n\t"                                                      \
  "beq " done                                                            \
  "f\n\t"                                                                \
  "b " again "b\n\t" done ":\n\t"

/* Saves r4 to r7 itself, since a compiler may keep its frame pointer in one of them. */
EDGEQ_NOINLINE static void edgeq_dual_multiply_sums(const int8_t *w, int32_t next,
                                                    const uint32_t *x, int32_t groups,
                                                    uint32_t *sums) {
  (void)next;
  register const int8_t *weights __asm__("r0") = w;
  register const uint32_t *columns __asm__("r1") = x;
  register const int8_t *end __asm__("r2") = w + 4 * groups;
  register uint32_t *to __asm__("r3") = sums;
  __asm__ volatile(
      ".syntax unified\n\t"
      "push {r2, r3, r4, r5, r6, r7}\n\t"
      "subs r2, r2, r0\n\t"
      "lsrs r2, r2, #4\n\t"
      "lsls r2, r2, #4\n\t"
      "adds r2, r2, r0\n\t"
      "mov r12, r2\n\t"
      "movs r6, #0\n\t"
      "movs r7, #0\n\t"
      "mov r8, r6\n\t"
      "mov lr, r6\n\t"
#if EDGEQ_UNROLLED
      EDGEQ_LOOP_OF_PAIRS(
          EDGEQ_PAIR_OF_TAPS("0", "1") EDGEQ_PAIR_OF_TAPS("2", "3") EDGEQ_PAIR_OF_TAPS("4", "5")
          EDGEQ_PAIR_OF_TAPS("6", "7") EDGEQ_PAIR_OF_TAPS("8", "9") EDGEQ_PAIR_OF_TAPS("10", "11")
          EDGEQ_PAIR_OF_TAPS("12", "13") EDGEQ_PAIR_OF_TAPS("14", "15"), "16", "1", "2", "3")
#endif
      "pop {r2}\n\t"
      "mov r12, r2\n\t"
      EDGEQ_LOOP_OF_PAIRS(EDGEQ_PAIR_OF_TAPS("0", "1") EDGEQ_PAIR_OF_TAPS("2", "3"), "4", "4", "5",
                          "6")
      "pop {r3}\n\t"
      "mov r4, r8\n\t"
      "mov r5, lr\n\t"
      "str r4, [r3]\n\t"
      "str r6, [r3, #4]\n\t"
      "str r5, [r3, #8]\n\t"
      "str r7, [r3, #12]\n\t"
      "pop {r4, r5, r6, r7}\n\t"
      : "+r"(weights), "+r"(columns), "+r"(end), "+r"(to)
      :
      : "r8", "r12", "lr", "cc", "memory");
}

#endif
