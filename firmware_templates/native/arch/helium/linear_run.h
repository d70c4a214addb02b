/* Sums of weighted int8 operands by vectors whose last one is predicated. */
#ifndef EDGEQ_HELIUM_LINEAR_RUN_H
#define EDGEQ_HELIUM_LINEAR_RUN_H

#include "elementwise/linear.h"

/* Four elements in 10 instructions; a run of operands that advance. */
static inline void edgeq_linear_run(const int8_t *a, const int8_t *b, int8_t *y, int32_t run,
                                    int32_t a_weight, int32_t b_weight, int32_t offset) {
  __asm__ volatile(
      "wlstp.32 lr, %[n], 2f\n\t"
      "1: vldrb.s32 q0, [%[a]], #4\n\t"
      "vldrb.s32 q1, [%[b]], #4\n\t"
      "vmul.i32 q0, q0, %[a_weight]\n\t"
      "vmla.s32 q0, q1, %[b_weight]\n\t"
      "vadd.i32 q0, q0, %[offset]\n\t"
      "vshr.s32 q0, q0, %[shift]\n\t"
      "vqmovnb.s32 q0, q0\n\t"
      "vqmovnb.s16 q0, q0\n\t"
      "vstrb.32 q0, [%[y]], #4\n\t"
      "letp lr, 1b\n\t"
      "2:"
      : [a] "+l"(a), [b] "+l"(b), [y] "+l"(y)
      : [n] "r"(run), [a_weight] "r"(a_weight), [b_weight] "r"(b_weight), [offset] "r"(offset),
        [shift] "i"(EDGEQ_LINEAR_SHIFT)
      : "lr", "q0", "q1", "memory");
}

#endif
