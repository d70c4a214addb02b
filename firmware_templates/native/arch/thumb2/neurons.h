/* Fully connected layers for Thumb-2 without the DSP extension. Contract:
 * fully_connected/neurons.h. */
#ifndef EDGEQ_THUMB2_NEURONS_H
#define EDGEQ_THUMB2_NEURONS_H

#include "fully_connected/store_sums.h"

#define EDGEQ_TAP_OF_ROW(value, sum) \
  "ldrsb %[m], [%[w]], #1\n\tmla %[" sum "], %[m], %[" value "], %[" sum "]\n\t"
#define EDGEQ_ROW(sum)        \
  EDGEQ_TAP_OF_ROW("x0", sum) \
  EDGEQ_TAP_OF_ROW("x1", sum) EDGEQ_TAP_OF_ROW("x2", sum) EDGEQ_TAP_OF_ROW("x3", sum)

/* One group: 16 multiplications in 36 instructions. */
#define EDGEQ_GROUP_OF_NEURONS  \
  "ldrsb %[x0], [%[x]], #1\n\t" \
  "ldrsb %[x1], [%[x]], #1\n\t" \
  "ldrsb %[x2], [%[x]], #1\n\t" \
  "ldrsb %[x3], [%[x]], #1\n\t" EDGEQ_ROW("a") EDGEQ_ROW("b") EDGEQ_ROW("c") EDGEQ_ROW("d")
#define EDGEQ_ADD_GROUPS_OF_NEURONS(text, times)                                             \
  __asm__("1:\n\t" text "subs %[n], %[n], #1\n\tbne 1b\n\t"                                  \
          : [w] "+r"(w), [x] "+r"(x), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),    \
            [n] "+r"(times), [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2), [x3] "=&r"(x3), \
            [m] "=&r"(m)                                                                     \
          :                                                                                  \
          : "cc", "memory")

static inline const int8_t *edgeq_dot_neurons(const int8_t *w, int32_t blocks, const int8_t *x,
                                              int32_t groups, const EDGEQ_FLASH int32_t *from,
                                              int32_t *to) {
  int32_t a = from[0], b = from[1], c = from[2], d = from[3],
          pairs = EDGEQ_UNROLLED ? groups >> 1 : 0;
  int32_t rest = groups - 2 * pairs;
  int32_t x0, x1, x2, x3, m;
  (void)blocks;
  if (pairs > 0) {
    EDGEQ_ADD_GROUPS_OF_NEURONS(EDGEQ_GROUP_OF_NEURONS EDGEQ_GROUP_OF_NEURONS, pairs);
  }
  if (rest > 0) {
    EDGEQ_ADD_GROUPS_OF_NEURONS(EDGEQ_GROUP_OF_NEURONS, rest);
  }
  edgeq_store_sums(a, b, c, d, to);
  return w;
}

#endif
