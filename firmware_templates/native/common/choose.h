/* Choices that take as many instructions for every value, so that the time of a layer does not
 * depend on data. */
#ifndef EDGEQ_CHOOSE_H
#define EDGEQ_CHOOSE_H

#include <stdint.h>

#include "common/compiler.h"

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

/* All ones where x is not 0, else 0. */
static inline int32_t edgeq_nonzero(uint32_t x) {
  int32_t below = (int32_t)(x | (0u - x));
  EDGEQ_OPAQUE(below); /* Clang knows the pattern, and branches on a Cortex-M0 */
  return edgeq_sign(below);
}

/* x where it is below 0, else 0. */
static inline int32_t edgeq_negative_part(int32_t x) {
  return x & edgeq_sign(x);
}

#include EDGEQ_BELOW
#include EDGEQ_MIN_MAX

#endif
