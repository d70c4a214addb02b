/* Sums of weighted int8 operands, shifted by the SSAT that saturates them. */
#ifndef EDGEQ_THUMB2_LINEAR_RUN_H
#define EDGEQ_THUMB2_LINEAR_RUN_H

#include "elementwise/linear.h"

/* One element: 6 instructions, as SSAT shifts on the way. */
#define EDGEQ_LINEAR_SUM                       \
  "ldrsb %[u], [%[a]], #1\n\t"                 \
  "ldrsb %[v], [%[b]], #1\n\t"                 \
  "mla %[u], %[u], %[a_weight], %[offset]\n\t" \
  "mla %[u], %[v], %[b_weight], %[u]\n\t"      \
  "ssat %[u], #8, %[u], asr %[shift]\n\t"      \
  "strb %[u], [%[y]], #1\n\t"
#define EDGEQ_LINEAR_SUMS(text)                                                                \
  __asm__ volatile(text                                                                        \
                   : [a] "+r"(a), [b] "+r"(b), [y] "+r"(y), [u] "=&r"(u), [v] "=&r"(v)         \
                   : [a_weight] "r"(a_weight), [b_weight] "r"(b_weight), [offset] "r"(offset), \
                     [shift] "i"(EDGEQ_LINEAR_SHIFT)                                           \
                   : "memory")

/* A run of operands that advance. Compilers spill in this loop. */
static inline void edgeq_linear_run(const int8_t *a, const int8_t *b, int8_t *y, int32_t run,
                                    int32_t a_weight, int32_t b_weight, int32_t offset) {
  int32_t u, v;
  EDGEQ_ROLLED
  for (; run >= 4; run -= 4) {
    EDGEQ_LINEAR_SUMS(EDGEQ_LINEAR_SUM EDGEQ_LINEAR_SUM EDGEQ_LINEAR_SUM EDGEQ_LINEAR_SUM);
  }
  EDGEQ_ROLLED
  for (; run > 0; --run) {
    EDGEQ_LINEAR_SUMS(EDGEQ_LINEAR_SUM);
  }
}

#endif
