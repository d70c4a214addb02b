/* exp in double, the C twin of edgeq/opkit/exp64.py: 2^(k/32) from a table, times e^r by its Taylor
 * series. */
#ifndef EDGEQ_EXPONENTIAL64_H
#define EDGEQ_EXPONENTIAL64_H

#include "common/roots_of_two.h"

/* x * 2^exponent, |exponent| < 1023; x and the result are normal. */
static inline double edgeq_scale_widely(double x, int32_t exponent) {
  const int32_t half = exponent / 2;
  const uint64_t bits[2] = {(uint64_t)(1023 + half) << 52,
                            (uint64_t)(1023 + exponent - half) << 52};
  double powers[2];
  memcpy(powers, bits, sizeof powers);
  return x * powers[0] * powers[1];
}

/* e^x within 2 units of the last place; 0 below -700, NaN for NaN. */
static double edgeq_exp64(double x) {
  static const EDGEQ_FLASH double series[4] = {1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5};
  if (!(x >= -700.0 && x <= 709.0)) {
    return x < 0.0 ? 0.0 : x > 0.0 ? (double)INFINITY : x;
  }
  const double shifted = edgeq_double_product(x, 0x1.71547652b82fep+5) + 0x1.8p+52;
  const double whole = shifted - 0x1.8p+52; /* 32 / ln 2 steps, rounded to a whole number */
  const double nearly = x - edgeq_double_product(whole, 0x1.62e42fefa0000p-6);
  const double r = nearly - edgeq_double_product(whole, 0x1.cf79abc9e3b39p-45);
  double sum = 1.0 / 720;
  for (int i = 0; i < 4; ++i) {
    sum = edgeq_double_product(sum, r) + series[i];
  }
  const int32_t k = (int32_t)whole;
  const double root = edgeq_root_of_two(k & 31);
  const double beyond = edgeq_double_product(sum, edgeq_double_product(r, r)) + r;
  return edgeq_scale_widely(root + edgeq_double_product(root, beyond), k >> 5);
}

#endif
