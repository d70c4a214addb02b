/* expm1f with the bits of the GNU C library up to 2.40, the C twin of edgeq/opkit/tanh32.py.
 *
 * Its algorithm, that of Sun's fdlibm, all in float: e^x - 1 = 2^k * (1 + (e^r - 1)) - 1 with x = k
 * ln 2 + r.
 *
 * SPDX-License-Identifier: SunPro
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun
 * Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is
 * freely granted, provided that this notice is preserved. */
#ifndef EDGEQ_EXPM1_H
#define EDGEQ_EXPM1_H

#include "common/float32.h"

/* 2^exponent, -126 <= exponent <= 127. */
static inline float edgeq_power_of_two(int32_t exponent) {
  const uint32_t bits = (uint32_t)(127 + exponent) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

/* e^x - 1 of what is left when k ln 2 is taken off: x and its error c. */
static float edgeq_expm1_rest(float x, float c, int32_t k) {
  const float half = edgeq_product(0.5f, x), square = edgeq_product(x, half);
  float series = edgeq_add_product(4.0082177293e-06f, square, -2.0109921195e-07f);
  series = edgeq_add_product(-7.9365076090e-05f, square, series);
  series = edgeq_add_product(1.5873016091e-03f, square, series);
  series = edgeq_add_product(-3.3333335072e-02f, square, series);
  series = edgeq_add_product(1.0f, square, series);
  const float t = 3.0f - edgeq_product(series, half);
  float e = edgeq_product(square, (series - t) / (6.0f - edgeq_product(x, t)));
  if (k == 0) {
    return x - (edgeq_product(x, e) - square);
  }
  e = edgeq_product(x, e - c) - c - square;
  if (k == -1) {
    return edgeq_product(0.5f, x - e) - 0.5f;
  }
  if (k == 1) {
    return x < -0.25f ? -2.0f * (e - (x + 0.5f)) : 1.0f + edgeq_product(2.0f, x - e);
  }
  if (k <= -2 || k > 56) {
    return edgeq_product(1.0f - (e - x), edgeq_power_of_two(k)) - 1.0f;
  }
  const float least = edgeq_power_of_two(-k);
  const float y = k < 23 ? (1.0f - least) - (e - x) : x - (e + least) + 1.0f;
  return y * edgeq_power_of_two(k);
}

/* e^x - 1 for x <= 44. */
static float edgeq_expm1(float x) {
  const float magnitude = x < 0.0f ? -x : x;
  if (magnitude < 0x1p-25f) {
    return x;
  }
  if (x < -0x1.2b7088p+4f) { /* 27 ln 2 */
    return -1.0f;
  }
  if (magnitude <= 0x1.62e43p-2f) { /* ln 2 / 2 */
    return edgeq_expm1_rest(x, 0.0f, 0);
  }
  int32_t k = x < 0.0f ? -1 : 1;
  if (magnitude >= 0x1.0a2b24p+0f) { /* 1.5 ln 2 */
    k = (int32_t)(edgeq_product(0x1.715476p+0f, x) + (x < 0.0f ? -0.5f : 0.5f));
  }
  const float high = x - edgeq_product((float)k, 0x1.62e3p-1f),
              low = edgeq_product((float)k, 0x1.2fefa2p-17f);
  const float rest = high - low;
  return edgeq_expm1_rest(rest, (high - rest) - low, k);
}

#endif
