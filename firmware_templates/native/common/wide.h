#include "common/edgeq_native.h"

/* A 64-bit sum to an int16 output: x * multiplier * 2^-shift to nearest, ties up, clamped. |x| <
 * 2^47, shift from 8 to 46; multiplier holds the upper 16 bits of a quantized one. */
static inline int16_t edgeq_requantize_wide(int64_t x, int32_t multiplier, int shift, int32_t low,
                                            int32_t high) {
  const int64_t scaled = (x * multiplier + ((int64_t)1 << (shift - 1))) >> shift;
  return (int16_t)edgeq_clamp((int32_t)scaled, low, high);
}
