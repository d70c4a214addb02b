/* Fully connected layers on cores with ARM's DSP extension. Contract: fully_connected/neurons.h. */
#ifndef EDGEQ_ARM_DSP_NEURONS_H
#define EDGEQ_ARM_DSP_NEURONS_H

#include "fully_connected/store_sums.h"

/* One group: 16 multiplications in 21 instructions. */
#define EDGEQ_GROUP_OF_NEURONS          \
  "ldr %[odd], [%[x]], #4\n\t"          \
  "ldrd %[w0], %[w1], [%[w]], #8\n\t"   \
  "sxtb16 %[even], %[odd]\n\t"          \
  "sxtb16 %[odd], %[odd], ror #8\n\t"   \
  "sxtb16 %[e], %[w0]\n\t"              \
  "smlad %[a], %[e], %[even], %[a]\n\t" \
  "sxtb16 %[w0], %[w0], ror #8\n\t"     \
  "smlad %[a], %[w0], %[odd], %[a]\n\t" \
  "sxtb16 %[e], %[w1]\n\t"              \
  "smlad %[b], %[e], %[even], %[b]\n\t" \
  "sxtb16 %[w1], %[w1], ror #8\n\t"     \
  "smlad %[b], %[w1], %[odd], %[b]\n\t" \
  "ldrd %[w0], %[w1], [%[w]], #8\n\t"   \
  "sxtb16 %[e], %[w0]\n\t"              \
  "smlad %[c], %[e], %[even], %[c]\n\t" \
  "sxtb16 %[w0], %[w0], ror #8\n\t"     \
  "smlad %[c], %[w0], %[odd], %[c]\n\t" \
  "sxtb16 %[e], %[w1]\n\t"              \
  "smlad %[d], %[e], %[even], %[d]\n\t" \
  "sxtb16 %[w1], %[w1], ror #8\n\t"     \
  "smlad %[d], %[w1], %[odd], %[d]\n\t"
#define EDGEQ_4_GROUPS_OF_NEURONS \
  EDGEQ_GROUP_OF_NEURONS EDGEQ_GROUP_OF_NEURONS EDGEQ_GROUP_OF_NEURONS EDGEQ_GROUP_OF_NEURONS
#define EDGEQ_ADD_GROUPS_OF_NEURONS(text)                                                      \
  __asm__(text                                                                                 \
          : [w] "+r"(w), [x] "+r"(x), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),      \
            [even] "=&r"(even), [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1), [e] "=&r"(e) \
          :                                                                                    \
          : "memory")

static inline const EDGEQ_FLASH int8_t *edgeq_dot_neurons(const EDGEQ_FLASH int8_t *w,
                                                          int32_t blocks, const int8_t *x,
                                                          int32_t groups,
                                                          const EDGEQ_FLASH int32_t *from,
                                                          int32_t *to) {
  (void)blocks;
  int32_t a = from[0], b = from[1], c = from[2], d = from[3];
  uint32_t even, odd, w0, w1, e;
  for (; EDGEQ_UNROLLED && groups >= 8; groups -= 8) { /* 690 bytes: caches of code begin at 1 KB */
    EDGEQ_ADD_GROUPS_OF_NEURONS(EDGEQ_4_GROUPS_OF_NEURONS);
    EDGEQ_ADD_GROUPS_OF_NEURONS(EDGEQ_4_GROUPS_OF_NEURONS);
  }
  for (; groups > 0; --groups) {
    EDGEQ_ADD_GROUPS_OF_NEURONS(EDGEQ_GROUP_OF_NEURONS);
  }
  edgeq_store_sums(a, b, c, d, to);
  return w;
}

#define EDGEQ_EXPAND_INPUTS       \
  "sxtb16 %[even], %[odd]\n\t"    \
  "sxtb16 %[odd], %[odd], ror #8\n\t"

/* One word of joined weights: two taps of two neurons. */
#define EDGEQ_JOINED_WORD(w, x, first, second)                   \
  "smlad %[" second "], %[" w "], %[" x "], %[" second "]\n\t"   \
  "sxtb16 %[" w "], %[" w "]\n\t"                                \
  "smlad %[" first "], %[" w "], %[" x "], %[" first "]\n\t"

/* One group of joined weights: 16 multiplications in 20 cycles of a Cortex-M4, apart in 25. */
#define EDGEQ_JOINED_GROUP                                        \
  "ldr %[odd], [%[x]], #4\n\t"                                    \
  "ldr %[w0], [%[w]], #4\n\t"                                     \
  "ldr %[w1], [%[w]], #4\n\t"                                     \
  "ldr %[w2], [%[w]], #4\n\t"                                     \
  "ldr %[w3], [%[w]], #4\n\t" EDGEQ_EXPAND_INPUTS                 \
  EDGEQ_JOINED_WORD("w0", "even", "a", "b")                       \
  EDGEQ_JOINED_WORD("w1", "odd", "a", "b")                        \
  EDGEQ_JOINED_WORD("w2", "even", "c", "d")                       \
  EDGEQ_JOINED_WORD("w3", "odd", "c", "d")
#define EDGEQ_4_JOINED_GROUPS \
  EDGEQ_JOINED_GROUP EDGEQ_JOINED_GROUP EDGEQ_JOINED_GROUP EDGEQ_JOINED_GROUP

/* Two taps of two neurons, each expanded. */
#define EDGEQ_WORD_APART(w, x, first, second)                    \
  "sxtb16 %[w2], %[" w "]\n\t"                                   \
  "smlad %[" first "], %[w2], %[" x "], %[" first "]\n\t"        \
  "sxtb16 %[" w "], %[" w "], ror #8\n\t"                        \
  "smlad %[" second "], %[" w "], %[" x "], %[" second "]\n\t"
#define EDGEQ_GROUP_APART                                         \
  "ldr %[odd], [%[x]], #4\n\t"                                    \
  "ldr %[w0], [%[w]], #4\n\t"                                     \
  "ldr %[w1], [%[w]], #4\n\t" EDGEQ_EXPAND_INPUTS                 \
  EDGEQ_WORD_APART("w0", "even", "a", "b")                        \
  EDGEQ_WORD_APART("w1", "odd", "a", "b")                         \
  "ldr %[w0], [%[w]], #4\n\t"                                     \
  "ldr %[w1], [%[w]], #4\n\t"                                     \
  EDGEQ_WORD_APART("w0", "even", "c", "d")                        \
  EDGEQ_WORD_APART("w1", "odd", "c", "d")
#define EDGEQ_4_GROUPS_APART \
  EDGEQ_GROUP_APART EDGEQ_GROUP_APART EDGEQ_GROUP_APART EDGEQ_GROUP_APART

#define EDGEQ_ADD_NEURON_PAIRS(text)                                                            \
  __asm__(text                                                                                  \
          : [w] "+r"(w), [x] "+r"(x), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),       \
            [even] "=&r"(even), [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1),               \
            [w2] "=&r"(w2), [w3] "=&r"(w3)                                                      \
          :                                                                                     \
          : "memory")

static EDGEQ_INLINE const EDGEQ_FLASH int8_t *edgeq_dot_neuron_pairs(
    const EDGEQ_FLASH int8_t *w, int32_t joined, const int8_t *x, int32_t groups,
    const EDGEQ_FLASH int32_t *from, int32_t *to) {
  uint32_t a = (uint32_t)from[0], b = (uint32_t)from[1], c = (uint32_t)from[2],
           d = (uint32_t)from[3], even, odd, w0, w1, w2, w3;
  if (joined) {
    b = a + (b << 8);
    d = c + (d << 8);
    for (; EDGEQ_UNROLLED && groups >= 8; groups -= 8) { /* caches of code begin at 1 KB */
      EDGEQ_ADD_NEURON_PAIRS(EDGEQ_4_JOINED_GROUPS);
      EDGEQ_ADD_NEURON_PAIRS(EDGEQ_4_JOINED_GROUPS);
    }
    for (; groups > 0; --groups) {
      EDGEQ_ADD_NEURON_PAIRS(EDGEQ_JOINED_GROUP);
    }
    b = (uint32_t)((int32_t)(b - a) >> 8);
    d = (uint32_t)((int32_t)(d - c) >> 8);
  } else {
    for (; EDGEQ_UNROLLED && groups >= 4; groups -= 4) {
      EDGEQ_ADD_NEURON_PAIRS(EDGEQ_4_GROUPS_APART);
    }
    for (; groups > 0; --groups) {
      EDGEQ_ADD_NEURON_PAIRS(EDGEQ_GROUP_APART);
    }
  }
  edgeq_store_sums((int32_t)a, (int32_t)b, (int32_t)c, (int32_t)d, to);
  return w;
}

#endif
