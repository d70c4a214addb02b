/* sinf and cosf with the bits of the GNU C library on a core without fused multiply-add, the C twin
 * of edgeq/opkit/sine32.py.
 *
 * Its algorithm, that of ARM's optimized routines: with x = n * pi / 2 + r and |r| <= pi / 4, the
 * sine is that of r, its cosine, or one of these negated, each a polynomial in double. Below 120
 * the remainder r is one product and difference of doubles; from there on it is an exact product
 * of whole numbers, modulo 4, with the bits of 4 / pi that matter.
 *
 * SPDX-FileCopyrightText: 2018 Arm Limited, for the algorithm and its constants
 * SPDX-License-Identifier: MIT OR Apache-2.0 WITH LLVM-exception */
#ifndef EDGEQ_SINE_F32_H
#define EDGEQ_SINE_F32_H

#include "common/double.h"

/* The 32 bits of 4 / pi that end with byte i. */
static const EDGEQ_FLASH uint32_t edgeq_four_over_pi[24] = {
    0x000000a2, 0x0000a2f9, 0x00a2f983, 0xa2f9836e, 0xf9836e4e, 0x836e4e44, 0x6e4e4415, 0x4e441529,
    0x441529fc, 0x1529fc27, 0x29fc2757, 0xfc2757d1, 0x2757d1f5, 0x57d1f534, 0xd1f534dd, 0xf534ddc0,
    0x34ddc0db, 0xddc0db62, 0xc0db6295, 0xdb629599, 0x6295993c, 0x95993c43, 0x993c4390, 0x3c439041,
};

/* An angle of turns * pi / 2 + rest; turns modulo 4. */
typedef struct {
  uint32_t turns;
  double rest;
} edgeq_angle;

/* Of x with |x| < 120. */
static edgeq_angle edgeq_small_angle(float x) {
  const double quarters = edgeq_double_product((double)x, 0x1.45f306dc9c883p+23); /* 2^24 2 / pi */
  const int32_t turns = ((int32_t)quarters + 0x800000) >> 24;
  const double whole = edgeq_double_product((double)turns, 0x1.921fb54442d18p0); /* pi / 2 */
  const edgeq_angle angle = {(uint32_t)turns, (double)x - whole};
  return angle;
}

/* Of finite x with |x| >= 2, by its bits. The fraction of a quarter turn has 62 bits. */
static edgeq_angle edgeq_large_angle(uint32_t bits) {
  const EDGEQ_FLASH uint32_t *const word = edgeq_four_over_pi + ((bits >> 26) & 15);
  const uint32_t whole = ((bits & 0xffffff) | 0x800000) << ((bits >> 23) & 7);
  const uint64_t high = (uint64_t)(whole * word[0]) << 32;
  const uint64_t middle = (uint64_t)whole * word[4], low = (uint64_t)whole * word[8];
  const uint64_t product = (high | low >> 32) + middle;
  const uint32_t turns = (uint32_t)((product + ((uint64_t)1 << 61)) >> 62);
  const double fraction = (double)(int64_t)(product - ((uint64_t)turns << 62));
  const double rest = edgeq_double_product(fraction, 0x1.921fb54442d18p-62);
  const edgeq_angle negative = {0u - turns, -rest}, positive = {turns, rest};
  return bits >> 31 ? negative : positive;
}

/* The sine of an angle. */
static float edgeq_sine_of_angle(edgeq_angle angle) {
  const double r = angle.rest, square = edgeq_double_product(r, r);
  double y;
  if (angle.turns & 1) {
    const double fourth = edgeq_double_product(square, square);
    const double low = 1.0 + edgeq_double_product(square, -0x1.ffffffd0c621cp-2);
    const double middle = low + edgeq_double_product(fourth, 0x1.55553e1068f19p-5);
    const double high =
        edgeq_double_product(square, 0x1.99343027bf8c3p-16) - 0x1.6c087e89a359dp-10;
    y = middle + edgeq_double_product(edgeq_double_product(fourth, square), high);
  } else {
    const double cube = edgeq_double_product(r, square);
    const double low = r + edgeq_double_product(cube, -0x1.555545995a603p-3);
    const double high = edgeq_double_product(square, -0x1.994eb3774cf24p-13) + 0x1.1107605230bc4p-7;
    y = low + edgeq_double_product(edgeq_double_product(cube, square), high);
  }
  return (float)(angle.turns & 2 ? -y : y);
}

/* The sine of x moved by some quarter turns, within 0.5607 units of the last place; of infinity the
 * NaN that x86 gives, on every core. */
static float edgeq_sine_beyond(float x, uint32_t turns) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) {
    const uint32_t nan_bits = magnitude > 0x7f800000 ? bits : 0xffc00000;
    memcpy(&x, &nan_bits, sizeof x);
    return x;
  }
  edgeq_angle angle = magnitude < 0x42f00000 ? edgeq_small_angle(x) : edgeq_large_angle(bits);
  angle.turns += turns;
  return edgeq_sine_of_angle(angle);
}

static inline float edgeq_sine(float x) {
  return x > -0x1p-12f && x < 0x1p-12f ? x : edgeq_sine_beyond(x, 0);
}

static inline float edgeq_cosine(float x) {
  return edgeq_sine_beyond(x, 1);
}

#endif
