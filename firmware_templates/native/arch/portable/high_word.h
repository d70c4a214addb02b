/* High words on cores whose products have 64 bits. */
#ifndef EDGEQ_PORTABLE_HIGH_WORD_H
#define EDGEQ_PORTABLE_HIGH_WORD_H

#include "common/compiler.h"

/* The high word of a * b. */
static EDGEQ_INLINE int32_t edgeq_high_word(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b) >> 32);
}

/* a * b / 2^31 to nearest, ties up, modulo 2^32. */
static inline int32_t edgeq_rounding_doubling_high_mul(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

#endif
