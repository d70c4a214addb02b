/* The square root of a float, rounded to nearest, without a C library. */
#ifndef EDGEQ_SQUARE_ROOT_H
#define EDGEQ_SQUARE_ROOT_H

#include "common/float32.h"

/* The largest whole number whose square is at most x, x below 2^50. */
static inline uint32_t edgeq_whole_root(uint64_t x) {
  uint32_t root = 0;
  for (uint32_t bit = (uint32_t)1 << 24; bit != 0; bit >>= 1) {
    const uint32_t tried = root | bit;
    root = (uint64_t)tried * tried <= x ? tried : root;
  }
  return root;
}

/* Below 0 the NaN that x86 gives, on every core; 0, infinity and NaN give themselves. */
static float edgeq_sqrt(float x) {
  uint32_t bits = 0xffc00000;
  if (x < 0.0f) {
    memcpy(&x, &bits, sizeof x);
    return x;
  }
  if (!(x > 0.0f && x < INFINITY)) {
    return x;
  }
  memcpy(&bits, &x, sizeof bits);
  int32_t exponent = (int32_t)(bits >> 23) - 127;
  uint32_t mantissa = bits & 0x7fffff;
  if (exponent > -127) {
    mantissa |= 0x800000;
  } else {
    for (exponent = -126; mantissa < 0x800000; mantissa <<= 1) {
      --exponent;
    }
  }
  if (exponent & 1) {
    mantissa <<= 1;
    --exponent;
  }
  /* 25 bits, of which the last one rounds: a root in the middle would have an odd square */
  const uint32_t rounded = (edgeq_whole_root((uint64_t)mantissa << 25) + 1) >> 1;
  const uint32_t result = ((uint32_t)(exponent / 2 + 127) << 23) + rounded - 0x800000;
  memcpy(&x, &result, sizeof x);
  return x;
}

#endif
