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

#include "common/roots_of_two.h"

/* e^x, within 0.502 units of the last place; NaN for NaN. */
static float edgeq_exp(float x) {
  if (!(x >= -0x1.9fe368p+6f && x <= 0x1.62e42ep+6f)) { /* beyond are 0 and infinity */
    return x < 0.0f ? 0.0f : x > 0.0f ? INFINITY : x;
  }
  const double steps = edgeq_double_product(0x1.71547652b82fep+5, (double)x); /* 32 / ln 2 */
  const double shifted = steps + 0x1.8p+52; /* rounds to a whole number */
  const double whole = shifted - 0x1.8p+52, r = steps - whole;
  const int32_t k = (int32_t)whole;
  const double root = edgeq_scale_by_power(edgeq_root_of_two(k & 31), k >> 5);
  const double high = edgeq_double_product(0x1.c6af84b912394p-20, r) + 0x1.ebfce50fac4f3p-13;
  const double low = edgeq_double_product(0x1.62e42ff0c52d6p-6, r) + 1.0;
  const double power = edgeq_double_product(high, edgeq_double_product(r, r)) + low;
  return (float)(power * root);
}

#endif
