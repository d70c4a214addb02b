/* expf with the bits of the GNU C library on a core without fused multiply-add, the C twin of
 * edgeq/opkit/exp32.py.
 *
 * Its algorithm, that of ARM's optimized routines: exp(x) = 2^(k/32) * 2^(r/32) with k whole and
 * |r| <= 1/2, the first factor from a table, the second a polynomial of degree 3, all in double.
 *
 * SPDX-FileCopyrightText: 2017 Arm Limited, for the algorithm and its constants
 * SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception */
#ifndef EDGEQ_EXPONENTIAL_H
#define EDGEQ_EXPONENTIAL_H

#include "common/float32.h"

#if DBL_MANT_DIG < 53
#error "exponentials need a double of 64 bits: build with -mdouble=64"
#endif

/* 2^(i/32), i from 0 to 31. */
static const EDGEQ_FLASH double edgeq_roots_of_two[32] = {
    0x1.0000000000000p+0, 0x1.059b0d3158574p+0, 0x1.0b5586cf9890fp+0, 0x1.11301d0125b51p+0,
    0x1.172b83c7d517bp+0, 0x1.1d4873168b9aap+0, 0x1.2387a6e756238p+0, 0x1.29e9df51fdee1p+0,
    0x1.306fe0a31b715p+0, 0x1.371a7373aa9cbp+0, 0x1.3dea64c123422p+0, 0x1.44e086061892dp+0,
    0x1.4bfdad5362a27p+0, 0x1.5342b569d4f82p+0, 0x1.5ab07dd485429p+0, 0x1.6247eb03a5585p+0,
    0x1.6a09e667f3bcdp+0, 0x1.71f75e8ec5f74p+0, 0x1.7a11473eb0187p+0, 0x1.82589994cce13p+0,
    0x1.8ace5422aa0dbp+0, 0x1.93737b0cdc5e5p+0, 0x1.9c49182a3f090p+0, 0x1.a5503b23e255dp+0,
    0x1.ae89f995ad3adp+0, 0x1.b7f76f2fb5e47p+0, 0x1.c199bdd85529cp+0, 0x1.cb720dcef9069p+0,
    0x1.d5818dcfba487p+0, 0x1.dfc97337b9b5fp+0, 0x1.ea4afa2a490dap+0, 0x1.f50765b6e4540p+0,
};

static inline double edgeq_double_product(double a, double b) {
  double product = a * b;
  EDGEQ_ROUNDED_DOUBLE(product);
  return product;
}

/* x * 2^exponent, -200 <= exponent <= 200; exact where the result is normal. */
static inline double edgeq_scale_by_power(double x, int32_t exponent) {
  const uint64_t bits = (uint64_t)(1023 + exponent) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return x * power;
}

/* e^x, within 0.502 units of the last place; NaN for NaN. */
static float edgeq_exp(float x) {
  if (!(x >= -0x1.9fe368p+6f && x <= 0x1.62e42ep+6f)) { /* beyond are 0 and infinity */
    return x < 0.0f ? 0.0f : x > 0.0f ? INFINITY : x;
  }
  const double steps = edgeq_double_product(0x1.71547652b82fep+5, (double)x); /* 32 / ln 2 */
  const double shifted = steps + 0x1.8p+52; /* rounds to a whole number */
  const double whole = shifted - 0x1.8p+52, r = steps - whole;
  const int32_t k = (int32_t)whole;
  const double root = edgeq_scale_by_power(edgeq_roots_of_two[k & 31], k >> 5);
  const double high = edgeq_double_product(0x1.c6af84b912394p-20, r) + 0x1.ebfce50fac4f3p-13;
  const double low = edgeq_double_product(0x1.62e42ff0c52d6p-6, r) + 1.0;
  const double power = edgeq_double_product(high, edgeq_double_product(r, r)) + low;
  return (float)(power * root);
}

#endif
