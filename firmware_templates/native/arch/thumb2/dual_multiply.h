/* The sums of portable/gemm_tile.h for Thumb-2 without the DSP extension. In C:
 * portable/dual_multiply.h. */
#ifndef EDGEQ_THUMB2_DUAL_MULTIPLY_H
#define EDGEQ_THUMB2_DUAL_MULTIPLY_H

#include "common/edgeq_native.h"

/* Two taps, 4 columns, 8 multiplications in 11 instructions. LDM takes registers in ascending
 * order, so the columns' words have fixed ones. */
#define EDGEQ_PAIR_OF_TAPS            \
  "ldmia %[x]!, {r2, r3, r4, r5}\n\t" \
  "ldrsb %[v], [%[w]], #1\n\t"        \
  "mla r2, %[v], r2, %[half]\n\t"     \
  "mla r4, %[v], r4, %[half]\n\t"     \
  "ldrsb %[v], [%[w]], #1\n\t"        \
  "mla r2, %[v], r3, r2\n\t"          \
  "mla r4, %[v], r5, r4\n\t"          \
  "add %[a], %[a], r2\n\t"            \
  "add %[b], %[b], r2, asr #16\n\t"   \
  "add %[c], %[c], r4\n\t"            \
  "add %[d], %[d], r4, asr #16\n\t"
#define EDGEQ_2_PAIRS EDGEQ_PAIR_OF_TAPS EDGEQ_PAIR_OF_TAPS
#define EDGEQ_8_PAIRS EDGEQ_2_PAIRS EDGEQ_2_PAIRS EDGEQ_2_PAIRS EDGEQ_2_PAIRS
#define EDGEQ_ADD_PAIRS(text, times)                                                            \
  __asm__("1:\n\t" text "subs %[n], %[n], #1\n\tbne 1b\n\t"                                     \
          : [w] "+&r"(w), [x] "+&r"(x), [a] "+&r"(a), [b] "+&r"(b), [c] "+&r"(c), [d] "+&r"(d), \
            [n] "+&r"(times), [v] "=&r"(v)                                                      \
          : [half] "r"(0x8000)                                                                  \
          : "r2", "r3", "r4", "r5", "cc", "memory")

/* Compilers spill in this loop; written out, nothing leaves the registers. */
EDGEQ_NOINLINE static void edgeq_dual_multiply_sums(const int8_t *w, int32_t next,
                                                    const uint32_t *x, int32_t groups,
                                                    uint32_t *sums) {
  (void)next;
  uint32_t a = 0u - ((uint32_t)groups << 16), b = 0, c = a, d = 0,
           v; /* a group has two times 2^15 */
  int32_t fours = EDGEQ_UNROLLED ? groups >> 2 : 0, rest = groups - 4 * fours;
  if (fours > 0) {
    EDGEQ_ADD_PAIRS(EDGEQ_8_PAIRS, fours);
  }
  if (rest > 0) {
    EDGEQ_ADD_PAIRS(EDGEQ_2_PAIRS, rest);
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

#endif
