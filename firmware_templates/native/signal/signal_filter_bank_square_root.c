#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
} edgeq_signal_filter_bank_square_root_params;

/* The square root to nearest, at most 16 bits of a number of 32, at most 32 of any. */
static inline uint32_t edgeq_rounded_root(uint64_t x) {
  const uint32_t limit = x >> 32 == 0 ? UINT16_MAX : UINT32_MAX;
  uint64_t root = 0;
  for (uint64_t bit = (uint64_t)1 << 62; bit != 0; bit >>= 2) {
    const uint64_t tried = root + bit;
    root >>= 1;
    if (x >= tried) {
      x -= tried;
      root += bit;
    }
  }
  return (uint32_t)root + (x > root && root != limit);
}

/* SIGNAL_FILTER_BANK_SQUARE_ROOT of uint64, shifted right.
 * x: [elements], any value
 * shift: one number, of which the lowest 5 bits count
 * y: [elements]; may be x itself or start below it, shares no byte with the shift
 */
EDGEQ_KERNEL void edgeq_signal_filter_bank_square_root(
    const EDGEQ_FLASH edgeq_signal_filter_bank_square_root_params *p, const uint64_t *x,
    const EDGEQ_FLASH int32_t *shift, uint32_t *y) {
  const uint32_t bits = (uint32_t)*shift & 31;
  for (int32_t i = 0; i < p->elements; ++i) {
    uint64_t value;
    memcpy(&value, x + i, sizeof value); /* before y, which may lie in its place */
    y[i] = edgeq_rounded_root(value) >> bits;
  }
}
