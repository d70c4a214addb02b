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

#endif
