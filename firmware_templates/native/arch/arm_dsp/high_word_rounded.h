/* The upper 32 bits of a 64-bit product, rounded to nearest, by ARM's SMMULR and SMMLAR. */
#ifndef EDGEQ_ARM_DSP_HIGH_WORD_ROUNDED_H
#define EDGEQ_ARM_DSP_HIGH_WORD_ROUNDED_H

#include "common/compiler.h"

/* The high word of a * b, rounded to nearest, ties up. */
static EDGEQ_INLINE int32_t edgeq_high_word_rounded(int32_t a, int32_t b) {
  int32_t y;
  __asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}

/* a + round(b * c / 2^32) */
static inline int32_t edgeq_add_high_word(int32_t a, int32_t b, int32_t c) {
  int32_t y;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(y) : "r"(b), "r"(c), "r"(a));
  return y;
}

#endif
