#ifndef EDGEQ_SIGMOID_TABLE_H
#define EDGEQ_SIGMOID_TABLE_H

#include "common/edgeq_native.h"

/* x in units of the table, 3 * 4096 to the real 1.0, ties up; multiplier at most 32767, shift at
 * most 31. */
static inline int32_t edgeq_sigmoid_units(int16_t x, int32_t multiplier, int shift) {
  const int32_t half = shift > 0 ? (int32_t)1 << (shift - 1) : 0;
  return (x * multiplier + half) >> shift;
}

/* The table sigmoid[256] at magnitude / 2^bits, interpolated to `bits` more bits; beyond its
 * entries `last`. */
static inline int32_t edgeq_sigmoid_at(const EDGEQ_FLASH uint16_t *sigmoid, int32_t magnitude,
                                       int bits, int32_t last) {
  const int32_t whole = magnitude >> bits, i = edgeq_smaller(whole, 254);
  const int32_t low = sigmoid[i], high = sigmoid[i + 1];
  const int32_t fraction = magnitude & (((int32_t)1 << bits) - 1);
  const int32_t between = low * ((int32_t)1 << bits) + fraction * (high - low);
  return edgeq_choose(edgeq_below(whole, 255), between, last);
}

#endif
