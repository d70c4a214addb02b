/* High words on cores whose products have 32 bits, where one of 64 bits is a call. */
#ifndef EDGEQ_PORTABLE_HIGH_WORD_OF_HALVES_H
#define EDGEQ_PORTABLE_HIGH_WORD_OF_HALVES_H

#include "common/compiler.h"

/* The high word of a * b from products of halves: the upper two halves of the result's words, the
 * lower one with what the two below carry into it. Hacker's Delight, mulhs. */
static EDGEQ_INLINE int32_t edgeq_high_word_of_halves(int32_t a, int32_t b, int32_t rounded) {
  const int32_t a_high = a >> 16, b_high = b >> 16;
  const uint32_t a_low = (uint32_t)a & 0xffff, b_low = (uint32_t)b & 0xffff;
  const int32_t left = a_high * (int32_t)b_low + (int32_t)(a_low * b_low >> 16);
  const int32_t right = (int32_t)a_low * b_high + (left & 0xffff);
  return a_high * b_high + (left >> 16) + (rounded ? ((right >> 15) + 1) >> 1 : right >> 16);
}

/* The high word of a * b. */
static EDGEQ_INLINE int32_t edgeq_high_word(int32_t a, int32_t b) {
  return edgeq_high_word_of_halves(a, b, 0);
}

/* a * b / 2^31 to nearest, ties up, modulo 2^32. */
static inline int32_t edgeq_rounding_doubling_high_mul(int32_t a, int32_t b) {
  const uint32_t high = (uint32_t)edgeq_high_word(a, b), low = (uint32_t)a * (uint32_t)b;
  return (int32_t)((high << 1) + (((low >> 30) + 1) >> 1));
}

#endif
