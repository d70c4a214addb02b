/* Rounded high words on cores whose products have 32 bits. */
#ifndef EDGEQ_PORTABLE_HIGH_WORD_OF_HALVES_ROUNDED_H
#define EDGEQ_PORTABLE_HIGH_WORD_OF_HALVES_ROUNDED_H

#include "arch/portable/high_word_of_halves.h"

/* The high word of a * b, rounded to nearest, ties up. */
static EDGEQ_INLINE int32_t edgeq_high_word_rounded(int32_t a, int32_t b) {
  return edgeq_high_word_of_halves(a, b, 1);
}

/* a + round(b * c / 2^32) */
static inline int32_t edgeq_add_high_word(int32_t a, int32_t b, int32_t c) {
  return a + edgeq_high_word_rounded(b, c);
}

#endif
