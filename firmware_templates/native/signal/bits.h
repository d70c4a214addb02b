/* How many bits numbers have. */
#ifndef EDGEQ_SIGNAL_BITS_H
#define EDGEQ_SIGNAL_BITS_H

#include "common/edgeq_native.h"

/* The least n with x < 2^n. */
static inline int32_t edgeq_bits(uint32_t x) {
  int32_t bits = 0;
  for (int32_t step = 16; step > 0; step >>= 1) {
    if (x >> step != 0) {
      x >>= step;
      bits += step;
    }
  }
  return bits + (int32_t)x;
}

#endif
