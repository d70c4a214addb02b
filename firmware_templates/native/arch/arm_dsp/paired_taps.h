/* Taps of dense layers in pairs, on cores with ARM's DSP extension: r10 and r11 hold inputs of even
 * and of odd taps, two each.
 *
 * Four taps of two neurons are two words. SXTAB16 adds weights to the inputs that belong to their
 * neighbours, and one multiplication makes two products of such sums; what is too much in them is
 * known before (opkit/paired_products.py). */
#ifndef EDGEQ_ARM_DSP_PAIRED_TAPS_H
#define EDGEQ_ARM_DSP_PAIRED_TAPS_H

#include "common/edgeq_native.h"

#define EDGEQ_PAIRED_TAPS(w, v, sum)      \
  "sxtab16 " w ", r11, " w "\n\t"         \
  "sxtab16 " v ", r10, " v "\n\t"         \
  "smlad " sum ", " w ", " v ", " sum "\n\t"
#define EDGEQ_JOINED_TAPS(w, v, first, second)      \
  "smlad " second ", " w ", r10, " second "\n\t"    \
  "smlad " second ", " v ", r11, " second "\n\t"    \
  EDGEQ_PAIRED_TAPS(w, v, first)
#define EDGEQ_EXPAND_INPUTS      \
  "sxtb16 r10, r11\n\t"          \
  "sxtb16 r11, r11, ror #8\n\t"

/* Products of inputs: four words, loaded together, are 17 cycles of a Cortex-M4. */
#define EDGEQ_MULTIPLY_INPUTS(x)                     \
  "sxtb16 %[even], %[" x "]\n\t"                     \
  "sxtb16 %[" x "], %[" x "], ror #8\n\t"            \
  "smlad %[sum], %[even], %[" x "], %[sum]\n\t"

EDGEQ_ONCE static uint32_t edgeq_input_products(const int8_t *x, int32_t groups) {
  uint32_t sum = 0, even, x0, x1, x2, x3;
  for (; groups >= 4; groups -= 4) {
    __asm__("ldr %[x0], [%[x]], #4\n\t"
            "ldr %[x1], [%[x]], #4\n\t"
            "ldr %[x2], [%[x]], #4\n\t"
            "ldr %[x3], [%[x]], #4\n\t" EDGEQ_MULTIPLY_INPUTS("x0") EDGEQ_MULTIPLY_INPUTS("x1")
                EDGEQ_MULTIPLY_INPUTS("x2") EDGEQ_MULTIPLY_INPUTS("x3")
            : [x] "+r"(x), [sum] "+r"(sum), [even] "=&r"(even), [x0] "=&r"(x0), [x1] "=&r"(x1),
              [x2] "=&r"(x2), [x3] "=&r"(x3)
            :
            : "memory");
  }
  for (; groups > 0; --groups) {
    __asm__("ldr %[x0], [%[x]], #4\n\t" EDGEQ_MULTIPLY_INPUTS("x0")
            : [x] "+r"(x), [sum] "+r"(sum), [even] "=&r"(even), [x0] "=&r"(x0)
            :
            : "memory");
  }
  return sum;
}

#endif
