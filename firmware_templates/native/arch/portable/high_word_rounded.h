/* Rounded high words on cores whose products have 64 bits. */
#ifndef EDGEQ_PORTABLE_HIGH_WORD_ROUNDED_H
#define EDGEQ_PORTABLE_HIGH_WORD_ROUNDED_H

#include "common/compiler.h"

/* The high word of a * b, rounded to nearest, ties up. */
static EDGEQ_INLINE int32_t edgeq_high_word_rounded(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
}

/* a + round(b * c / 2^32) */
static inline int32_t edgeq_add_high_word(int32_t a, int32_t b, int32_t c) {
  return a + edgeq_high_word_rounded(b, c);
}

#endif
