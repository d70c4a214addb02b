/* powf with the bits of the GNU C library on a core without fused multiply-add, the C twin of
 * edgeq/opkit/pow32.py.
 *
 * Its algorithm, that of ARM's optimized routines, all in double: log2(x) = k + log2(c) +
 * log2(z / c) with x = 2^k * z and z near c, the second term from a table, the third a polynomial
 * of degree 5; then 2^(y * log2(x)) = 2^(i/32) * 2^r with i whole and |r| <= 1/64, the first factor
 * from a table, the second a polynomial of degree 3.
 *
 * SPDX-FileCopyrightText: 2017-2018 Arm Limited, for the algorithm and its constants
 * SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception */
#ifndef EDGEQ_POWER_F32_H
#define EDGEQ_POWER_F32_H

#include "common/roots_of_two.h"

/* 1 / c and log2(c) of the middles of 16 intervals. */
static const EDGEQ_FLASH double edgeq_inverses_and_powers[16][2] = {
    {0x1.661ec79f8f3bep+0, -0x1.efec65b963019p-2}, {0x1.571ed4aaf883dp+0, -0x1.b0b6832d4fca4p-2},
    {0x1.49539f0f010bp+0, -0x1.7418b0a1fb77bp-2},  {0x1.3c995b0b80385p+0, -0x1.39de91a6dcf7bp-2},
    {0x1.30d190c8864a5p+0, -0x1.01d9bf3f2b631p-2}, {0x1.25e227b0b8eap+0, -0x1.97c1d1b3b7afp-3},
    {0x1.1bb4a4a1a343fp+0, -0x1.2f9e393af3c9fp-3}, {0x1.12358f08ae5bap+0, -0x1.960cbbf788d5cp-4},
    {0x1.0953f419900a7p+0, -0x1.a6f9db6475fcep-5}, {0x1p+0, 0x0p+0},
    {0x1.e608cfd9a47acp-1, 0x1.338ca9f24f53dp-4},  {0x1.ca4b31f026aap-1, 0x1.476a9543891bap-3},
    {0x1.b2036576afce6p-1, 0x1.e840b4ac4e4d2p-3},  {0x1.9c2d163a1aa2dp-1, 0x1.40645f0c6651cp-2},
    {0x1.886e6037841edp-1, 0x1.88e9c2c1b9ff8p-2},  {0x1.767dcf5534862p-1, 0x1.ce0a44eb17bccp-2},
};

/* log2(x) of finite x > 0. */
static double edgeq_binary_logarithm(float x) {
  const int32_t tiny = x < 0x1p-126f ? 23 : 0;
  uint32_t bits;
  x = tiny ? x * 0x1p23f : x;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t above = bits - ((uint32_t)tiny << 23) - 0x3f330000;
  const uint32_t z_bits = (above & 0x7fffff) + 0x3f330000;
  float z;
  memcpy(&z, &z_bits, sizeof z);
  const EDGEQ_FLASH double *const c = edgeq_inverses_and_powers[(above >> 19) & 15];
  const double r = edgeq_double_product((double)z, c[0]) - 1.0;
  const double square = edgeq_double_product(r, r);
  const double whole = c[1] + (double)((int32_t)above >> 23);
  const double fifth = edgeq_double_product(0x1.27616c9496e0bp-2, r) - 0x1.71969a075c67ap-2;
  const double third = edgeq_double_product(0x1.ec70a6ca7baddp-2, r) - 0x1.7154748bef6c8p-1;
  const double first = edgeq_double_product(0x1.71547652ab82bp0, r) + whole;
  const double low = edgeq_double_product(third, square) + first;
  return edgeq_double_product(fifth, edgeq_double_product(square, square)) + low;
}

/* 2^x as float32; infinity and 0 beyond its range. */
static float edgeq_binary_power(double x) {
  if (x > 0x1.fffffffd1d571p+6) {
    return INFINITY;
  }
  if (x <= -150.0) {
    return 0.0f;
  }
  const double whole = (x + 0x1.8p+47) - 0x1.8p+47, r = x - whole; /* in steps of 1/32 */
  const int32_t k = (int32_t)(whole * 32.0);
  const double root = edgeq_scale_by_power(edgeq_root_of_two(k & 31), k >> 5);
  const double high = edgeq_double_product(0x1.c6af84b912394p-5, r) + 0x1.ebfce50fac4f3p-3;
  const double low = edgeq_double_product(0x1.62e42ff0c52d6p-1, r) + 1.0;
  return (float)((edgeq_double_product(high, edgeq_double_product(r, r)) + low) * root);
}

/* x^y, within 0.82 units of the last place; where there is no real result the NaN that x86 gives,
 * on every core. */
static float edgeq_power(float x, float y) {
  if (y == 0.0f || x == 1.0f) {
    return 1.0f;
  }
  if (x != x || y != y) {
    return x != x ? x : y;
  }
  const int small = y > -0x1p24f && y < 0x1p24f; /* every other float32 is an even number */
  const int32_t cut = small ? (int32_t)y : 0;
  const int whole = !small || (float)cut == y, odd = small && whole && (cut & 1);
  uint32_t bits;
  float size;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t size_bits = bits & 0x7fffffff, nan_bits = 0xffc00000;
  memcpy(&size, &size_bits, sizeof size);
  float power;
  if (y > FLT_MAX || y < -FLT_MAX || size == 0.0f || size > FLT_MAX) {
    power = size == 1.0f ? 1.0f : (size > 1.0f) == (y > 0.0f) ? INFINITY : 0.0f;
  } else if (x < 0.0f && !whole) {
    memcpy(&power, &nan_bits, sizeof power);
  } else {
    power = edgeq_binary_power(edgeq_double_product((double)y, edgeq_binary_logarithm(size)));
  }
  return odd && bits >> 31 ? -power : power;
}

/* x^exponent, exponent >= 1, by products that are bounded to finite numbers (TFLite
 * IntegerExponentPow). */
static float edgeq_whole_power(float x, int32_t exponent) {
  float power = x;
  int32_t bit = 1;
  while (bit <= exponent >> 1) {
    bit <<= 1;
  }
  for (bit >>= 1; bit; bit >>= 1) {
    power = edgeq_bound(power * power, -FLT_MAX, FLT_MAX);
    power = exponent & bit ? edgeq_bound(x * power, -FLT_MAX, FLT_MAX) : power;
  }
  return power;
}

#endif
