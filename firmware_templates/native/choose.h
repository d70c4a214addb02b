#ifndef EDGEQ_CHOOSE_H
#define EDGEQ_CHOOSE_H

#include <stdint.h>

/* Becomes part of what calls it, however often. */
#if defined(__GNUC__)
#define EDGEQ_INLINE __attribute__((always_inline)) inline
#else
#define EDGEQ_INLINE inline
#endif

/* Choices that take as many instructions for every value, so that the time of a layer does not depend on data. */

/* Hides where a value comes from. Compilers that know would branch, or join accesses to neighbours. */
#if defined(__GNUC__)
#define EDGEQ_OPAQUE(x) __asm__("" : "+r"(x))
#else
#define EDGEQ_OPAQUE(x) ((void)0)
#endif

/* All ones where a < b, else 0. Thumb-1 has a borrow for it, of unsigned numbers. */
static inline int32_t edgeq_below(int32_t a, int32_t b) {
#if defined(__GNUC__) && defined(__thumb__) && !defined(__thumb2__)
  int32_t mask;
  __asm__(".syntax unified\n\tcmp %1, %2\n\tsbcs %0, %0" : "=l"(mask) : "l"(a ^ INT32_MIN), "l"(b ^ INT32_MIN) : "cc");
  return mask;
#elif defined(__GNUC__) && (defined(__thumb2__) || defined(__riscv))
  int32_t mask = -(int32_t)(a < b);
  EDGEQ_OPAQUE(mask);
  return mask;
#else
  const uint32_t difference = (uint32_t)a - (uint32_t)b; /* a sign that an overflow turned is turned back */
  return (int32_t)(difference ^ (((uint32_t)a ^ (uint32_t)b) & (difference ^ (uint32_t)a))) >> 31;
#endif
}

/* a where mask is all ones, b where it is 0. */
static inline int32_t edgeq_choose(int32_t mask, int32_t a, int32_t b) {
  return b ^ ((a ^ b) & mask);
}

/* All ones where x < 0, else 0. */
static inline int32_t edgeq_sign(int32_t x) {
  int32_t mask = x >> 31;
  EDGEQ_OPAQUE(mask);
  return mask;
}

/* x where it is below 0, else 0. */
static inline int32_t edgeq_negative_part(int32_t x) {
  return x & edgeq_sign(x);
}

/* The smaller and the larger of a and b, less than 2^31 apart. */
static inline int32_t edgeq_smaller(int32_t a, int32_t b) {
#if defined(__GNUC__) && defined(__thumb2__)
  __asm__("cmp %0, %1\n\tit gt\n\tmovgt %0, %1" : "+r"(a) : "r"(b) : "cc");
  return a;
#else
  return b + edgeq_negative_part(a - b);
#endif
}

static inline int32_t edgeq_larger(int32_t a, int32_t b) {
#if defined(__GNUC__) && defined(__thumb2__)
  __asm__("cmp %0, %1\n\tit lt\n\tmovlt %0, %1" : "+r"(a) : "r"(b) : "cc");
  return a;
#else
  return a - edgeq_negative_part(a - b);
#endif
}

/* x from low to high, whatever they are. */
static inline int32_t edgeq_clamp(int32_t x, int32_t low, int32_t high) {
#if defined(__GNUC__) && defined(__thumb2__)
  return edgeq_smaller(edgeq_larger(x, low), high);
#else
  const int32_t raised = edgeq_choose(edgeq_below(x, low), low, x);
  return edgeq_choose(edgeq_below(high, raised), high, raised);
#endif
}

#endif
