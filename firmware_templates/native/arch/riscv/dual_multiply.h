/* The sums of portable/gemm_tile.h for RISC-V, two filters at a time. In C:
 * portable/dual_multiply.h. */
#ifndef EDGEQ_RISCV_DUAL_MULTIPLY_H
#define EDGEQ_RISCV_DUAL_MULTIPLY_H

#include "common/edgeq_native.h"

/* Adds v, in t4, to the sum `whole` and its upper half to `upper`; the weights in two registers,
 * the columns in two. */
#define EDGEQ_ADD_PAIR(w0, w1, x0, x1, whole, upper) \
  "mul t4, " w0 ", " x0                              \
  "\n\t"                                             \
  "mul t5, " w1 ", " x1                              \
  "\n\t"                                             \
  "add t4, t4, %[half]\n\t"                          \
  "add t4, t4, t5\n\t"                               \
  "add " whole ", " whole                            \
  ", t4\n\t"                                         \
  "srai t4, t4, 16\n\t"                              \
  "add " upper ", " upper ", t4\n\t"

/* Two taps, 4 columns, 2 filters: 16 multiplications in 36 instructions. w0 to x3: offsets of taps
 * and words. */
#define EDGEQ_PAIR_OF_TAPS(w0, w1, x0, x1, x2, x3)                                   \
  "lb t0, " w0                                                                       \
  "(%[w])\n\t"                                                                       \
  "lb t1, " w1                                                                       \
  "(%[w])\n\t"                                                                       \
  "lb t2, " w0                                                                       \
  "(%[v])\n\t"                                                                       \
  "lb t3, " w1                                                                       \
  "(%[v])\n\t"                                                                       \
  "lw a4, " x0                                                                       \
  "(%[x])\n\t"                                                                       \
  "lw a5, " x1                                                                       \
  "(%[x])\n\t"                                                                       \
  "lw a6, " x2                                                                       \
  "(%[x])\n\t"                                                                       \
  "lw a7, " x3 "(%[x])\n\t" EDGEQ_ADD_PAIR("t0", "t1", "a4", "a5", "%[a0]", "%[b0]") \
      EDGEQ_ADD_PAIR("t0", "t1", "a6", "a7", "%[c0]", "%[d0]")                       \
          EDGEQ_ADD_PAIR("t2", "t3", "a4", "a5", "%[a1]", "%[b1]")                   \
              EDGEQ_ADD_PAIR("t2", "t3", "a6", "a7", "%[c1]", "%[d1]")

/* An iteration: taps, and where the next one begins. */
#define EDGEQ_ADVANCE(taps, bytes) \
  "addi %[w], %[w], " taps         \
  "\n\t"                           \
  "addi %[v], %[v], " taps         \
  "\n\t"                           \
  "addi %[x], %[x], " bytes "\n\t"
#if EDGEQ_UNROLLED
#define EDGEQ_ITERATION                             \
  EDGEQ_PAIR_OF_TAPS("0", "1", "0", "4", "8", "12") \
  EDGEQ_PAIR_OF_TAPS("2", "3", "16", "20", "24", "28") EDGEQ_ADVANCE("4", "32")
#else
#define EDGEQ_ITERATION EDGEQ_PAIR_OF_TAPS("0", "1", "0", "4", "8", "12") EDGEQ_ADVANCE("2", "16")
#endif

/* Compilers spill in this loop; written out, nothing leaves the registers. */
EDGEQ_NOINLINE static void edgeq_dual_multiply_sums(const int8_t *w, int32_t next,
                                                    const uint32_t *x, int32_t groups,
                                                    uint32_t *sums) {
  const int8_t *v = w + next, *const end = w + 4 * groups;
  const uint32_t start = 0u - ((uint32_t)groups << 16); /* a group adds two times 2^15 */
  uint32_t a0 = start, b0 = 0, c0 = start, d0 = 0, a1 = start, b1 = 0, c1 = start, d1 = 0;
  if (groups > 0) {
    __asm__(
        "1:\n\t" EDGEQ_ITERATION "bne %[w], %[end], 1b\n\t"
        : [w] "+&r"(w), [v] "+&r"(v), [x] "+&r"(x), [a0] "+&r"(a0), [b0] "+&r"(b0), [c0] "+&r"(c0),
          [d0] "+&r"(d0), [a1] "+&r"(a1), [b1] "+&r"(b1), [c1] "+&r"(c1), [d1] "+&r"(d1)
        : [half] "r"(0x8000), [end] "r"(end)
        : "t0", "t1", "t2", "t3", "t4", "t5", "a4", "a5", "a6", "a7", "memory");
  }
  sums[0] = a0;
  sums[1] = b0;
  sums[2] = c0;
  sums[3] = d0;
  sums[4] = a1;
  sums[5] = b1;
  sums[6] = c1;
  sums[7] = d1;
}

#endif
