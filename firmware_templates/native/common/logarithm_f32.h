/* logf with the bits of the GNU C library on a core without fused multiply-add, the C twin of
 * edgeq/opkit/log32.py.
 *
 * Its algorithm, that of ARM's optimized routines: with x = 2^k * z, z near c, log(x) = k * ln 2 +
 * log(c) + log1p(z / c - 1), the second term from a table, the third a polynomial of degree 4, all
 * in double.
 *
 * SPDX-FileCopyrightText: 2017-2018 Arm Limited, for the algorithm and its constants
 * SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception */
#ifndef EDGEQ_LOGARITHM_F32_H
#define EDGEQ_LOGARITHM_F32_H

#include "common/double.h"

/* 1 / c and log(c) of the middles of 16 intervals. */
static const EDGEQ_FLASH double edgeq_inverses_and_logarithms[16][2] = {
    {0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2},
    {0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
    {0x1.49539f0f010bp+0, -0x1.01eae7f513a67p-2},
    {0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
    {0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3},
    {0x1.25e227b0b8eap+0, -0x1.1aa2bc79c81p-3},
    {0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4},
    {0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
    {0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5},
    {0x1p+0, 0x0p+0},
    {0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5},
    {0x1.ca4b31f026aap-1, 0x1.c5e53aa362eb4p-4},
    {0x1.b2036576afce6p-1, 0x1.526e57720db08p-3},
    {0x1.9c2d163a1aa2dp-1, 0x1.bc2860d22477p-3},
    {0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2},
    {0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2},
};

/* Within 0.82 units of the last place; below 0 the NaN that x86 gives, on every core. */
static float edgeq_log(float x) {
  uint32_t bits = 0xffc00000;
  if (!(x > 0.0f && x < INFINITY)) {
    float nan;
    memcpy(&nan, &bits, sizeof nan);
    return x == 0.0f ? -INFINITY : x < 0.0f ? nan : x;
  }
  const int32_t tiny = x < 0x1p-126f ? 23 : 0;
  x = tiny ? x * 0x1p23f : x;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t above = bits - ((uint32_t)tiny << 23) - 0x3f330000;
  const int32_t k = (int32_t)above >> 23;
  const uint32_t z_bits = (above & 0x7fffff) + 0x3f330000;
  float z;
  memcpy(&z, &z_bits, sizeof z);
  const EDGEQ_FLASH double *const c = edgeq_inverses_and_logarithms[(above >> 19) & 15];
  const double r = edgeq_double_product((double)z, c[0]) - 1.0;
  const double whole = c[1] + edgeq_double_product((double)k, 0x1.62e42fefa39efp-1); /* ln 2 */
  const double square = edgeq_double_product(r, r);
  const double low = edgeq_double_product(0x1.5575b0be00b6ap-2, r) - 0x1.ffffef20a4123p-2;
  const double high = edgeq_double_product(-0x1.00ea348b88334p-2, square) + low;
  return (float)(edgeq_double_product(high, square) + (whole + r));
}

#endif
