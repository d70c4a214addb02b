/* Fully connected layers on RISC-V: each value of x meets 16 neurons. Contract:
 * fully_connected/neurons.h.
 *
 * s2 to s11 and a2 to a7 the sums, t0 and t1 products, t2 value of x. */
#ifndef EDGEQ_RISCV_NEURONS_H
#define EDGEQ_RISCV_NEURONS_H

#include "common/edgeq_native.h"

/* One tap of two rows of a block, at offsets from w; for the assembler t is the tap, g the group's
 * offset from x. */
#define EDGEQ_TWO_ROWS(block, first, second, a, b) \
  "lb t0, \\t+4*\\g+" first "(%[" block            \
  "])\n\t"                                         \
  "lb t1, \\t+4*\\g+" second "(%[" block           \
  "])\n\t"                                         \
  "mul t0, t0, t2\n\t"                             \
  "mul t1, t1, t2\n\t"                             \
  "add " a ", " a                                  \
  ", t0\n\t"                                       \
  "add " b ", " b ", t1\n\t"
#define EDGEQ_SET(block, a, b, c, d) \
  EDGEQ_TWO_ROWS(block, "0", "4", a, b) EDGEQ_TWO_ROWS(block, "8", "12", c, d)

/* The group at an offset from x: 64 multiplications in 196 instructions. */
#define EDGEQ_GROUP_OF_NEURONS(at)                                                      \
  ".irp g, " at                                                                         \
  "\n\t.irp t, 0, 1, 2, 3\n\t"                                                          \
  "lb t2, \\g+\\t(%[x])\n\t" EDGEQ_SET("w0", "s2", "s3", "s4", "s5")                    \
      EDGEQ_SET("w1", "s6", "s7", "s8", "s9") EDGEQ_SET("w2", "s10", "s11", "a2", "a3") \
          EDGEQ_SET("w3", "a4", "a5", "a6", "a7") ".endr\n\t.endr\n\t"

/* Loads or stores four of the sums. */
#define EDGEQ_FOUR_SUMS(op, at, a, b, c, d)                                              \
  op " " a ", " at "+0(%[sums])\n\t" op " " b ", " at "+4(%[sums])\n\t" op " " c ", " at \
     "+8(%[sums])\n\t" op " " d ", " at "+12(%[sums])\n\t"
#define EDGEQ_ALL_SUMS(op)                                \
  EDGEQ_FOUR_SUMS(op, "0", "s2", "s3", "s4", "s5")        \
  EDGEQ_FOUR_SUMS(op, "16", "s6", "s7", "s8", "s9")       \
      EDGEQ_FOUR_SUMS(op, "32", "s10", "s11", "a2", "a3") \
          EDGEQ_FOUR_SUMS(op, "48", "a4", "a5", "a6", "a7")

/* Two groups an iteration; an odd number of them begins at the second one. */
static inline const int8_t *edgeq_dot_neurons(const int8_t *w, int32_t blocks, const int8_t *x,
                                              int32_t groups, const int32_t *from, int32_t *to) {
  const int8_t *w1 = blocks > 1 ? w + 16 * groups : w;
  const int8_t *w2 = blocks > 2 ? w1 + 16 * groups : w1;
  const int8_t *w3 = blocks > 3 ? w2 + 16 * groups : w2;
  const int8_t *const end = x + 4 * groups;
  __asm__ volatile(EDGEQ_ALL_SUMS("lw")
                   "mv %[sums], %[to]\n\t"
                   "sub t0, %[end], %[x]\n\t"
                   "andi t0, t0, 4\n\t"
                   "beqz t0, 1f\n\t"
                   "addi %[w0], %[w0], -16\n\t"
                   "addi %[w1], %[w1], -16\n\t"
                   "addi %[w2], %[w2], -16\n\t"
                   "addi %[w3], %[w3], -16\n\t"
                   "addi %[x], %[x], -4\n\t"
                   "j 2f\n\t"
                   "1:\n\t" EDGEQ_GROUP_OF_NEURONS("0")
                   "2:\n\t" EDGEQ_GROUP_OF_NEURONS("4")
                   "addi %[w0], %[w0], 32\n\t"
                   "addi %[w1], %[w1], 32\n\t"
                   "addi %[w2], %[w2], 32\n\t"
                   "addi %[w3], %[w3], 32\n\t"
                   "addi %[x], %[x], 8\n\t"
                   "bne %[x], %[end], 1b\n\t" EDGEQ_ALL_SUMS("sw")
                   : [w0] "+&r"(w), [w1] "+&r"(w1), [w2] "+&r"(w2), [w3] "+&r"(w3), [x] "+&r"(x),
                     [sums] "+&r"(from)
                   : [end] "r"(end), [to] "r"(to)
                   : "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "a2", "a3",
                     "a4", "a5", "a6", "a7",
                     "t0", "t1", "t2", "memory");
  return w3;
}

#endif
