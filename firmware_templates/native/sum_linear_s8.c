#include "elementwise.h"
#include "requantize.h"

#define EDGEQ_LINEAR_SHIFT 21 /* SHIFT of edgeq/opkit/linear_pair.py */

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_weight, b_weight, offset;
} edgeq_sum_linear_s8_params;

#if defined(__ARM_FEATURE_MVE)
/* Four elements in 10 instructions; a run of operands that advance. */
static inline void edgeq_linear_run(const int8_t *a, const int8_t *b, int8_t *y, int32_t run, int32_t a_weight,
                                    int32_t b_weight, int32_t offset) {
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
#elif defined(__ARM_FEATURE_DSP) || defined(__ARM_FEATURE_SAT)
/* One element: 6 instructions, as SSAT shifts on the way. */
#define EDGEQ_LINEAR_SUM                        \
  "ldrsb %[u], [%[a]], #1\n\t"                  \
  "ldrsb %[v], [%[b]], #1\n\t"                  \
  "mla %[u], %[u], %[a_weight], %[offset]\n\t"  \
  "mla %[u], %[v], %[b_weight], %[u]\n\t"       \
  "ssat %[u], #8, %[u], asr %[shift]\n\t"       \
  "strb %[u], [%[y]], #1\n\t"
#define EDGEQ_LINEAR_SUMS(text)                                                                             \
  __asm__ volatile(text                                                                                     \
                   : [a] "+r"(a), [b] "+r"(b), [y] "+r"(y), [u] "=&r"(u), [v] "=&r"(v)                      \
                   : [a_weight] "r"(a_weight), [b_weight] "r"(b_weight), [offset] "r"(offset),              \
                     [shift] "i"(EDGEQ_LINEAR_SHIFT)                                                        \
                   : "memory")

/* A run of operands that advance. Compilers spill in this loop. */
static inline void edgeq_linear_run(const int8_t *a, const int8_t *b, int8_t *y, int32_t run, int32_t a_weight,
                                    int32_t b_weight, int32_t offset) {
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
#else
static inline int8_t edgeq_linear_sum(int32_t a, int32_t b, int32_t a_weight, int32_t b_weight, int32_t offset) {
  return (int8_t)edgeq_saturate_s8((offset + a * a_weight + b * b_weight) >> EDGEQ_LINEAR_SHIFT);
}

EDGEQ_NOINLINE static void edgeq_linear_run(const EDGEQ_FLASH int8_t *a, const EDGEQ_FLASH int8_t *b, int8_t *y,
                                            int32_t run, int32_t a_weight, int32_t b_weight, int32_t offset) {
  EDGEQ_ROLLED
  for (; run >= 4; run -= 4, a += 4, b += 4, y += 4) {
    y[0] = edgeq_linear_sum(a[0], b[0], a_weight, b_weight, offset);
    y[1] = edgeq_linear_sum(a[1], b[1], a_weight, b_weight, offset);
    y[2] = edgeq_linear_sum(a[2], b[2], a_weight, b_weight, offset);
    y[3] = edgeq_linear_sum(a[3], b[3], a_weight, b_weight, offset);
  }
  EDGEQ_ROLLED
  for (; run > 0; --run) {
    *y++ = edgeq_linear_sum(*a++, *b++, a_weight, b_weight, offset);
  }
}
#endif

/* ADD and SUB on int8 as the rounded plane (a * a_weight + b * b_weight + offset) / 2^21, proved equal to the
 * reference for all a and b (edgeq/opkit/linear_pair.py); either operand broadcast by the loop nest of the parameters.
 * a, b: -128 to 127; computed or constant
 * y: -128 to 127; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_sum_linear_s8(const EDGEQ_FLASH edgeq_sum_linear_s8_params *p,
                                                 const EDGEQ_FLASH int8_t *a, const EDGEQ_FLASH int8_t *b, int8_t *y) {
  const int32_t a_weight = p->a_step * p->a_weight, b_weight = p->b_step * p->b_weight;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    /* An operand that is one value for the run is part of the offset; the other one stands in for it, weighing 0. */
    const int32_t offset = p->offset + *a * (p->a_weight - a_weight) + *b * (p->b_weight - b_weight);
    edgeq_linear_run(p->a_step ? a : b, p->b_step ? b : a, y, p->run, a_weight, b_weight, offset);
    y += p->run;
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
