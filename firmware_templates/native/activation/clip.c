#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
  int8_t low, high;
} edgeq_clip_s8_params;

static inline int8_t edgeq_clip(int32_t x, int32_t low, int32_t high) {
  return (int8_t)edgeq_smaller(edgeq_larger(x, low), high);
}

/* RELU and its kin on int8 where input and output share scale and zero point.
 * x: [elements], -128 to 127
 * y: [elements], low to high; may be x itself
 */
EDGEQ_KERNEL void edgeq_clip_s8(const EDGEQ_FLASH edgeq_clip_s8_params *p, const int8_t *x,
                                int8_t *y) {
  const int32_t low = p->low, high = p->high;
  int32_t left = p->elements;
  EDGEQ_ROLLED
  for (; left >= 4; left -= 4, x += 4, y += 4) {
    y[0] = edgeq_clip(x[0], low, high);
    y[1] = edgeq_clip(x[1], low, high);
    y[2] = edgeq_clip(x[2], low, high);
    y[3] = edgeq_clip(x[3], low, high);
  }
  EDGEQ_ROLLED
  for (; left > 0; --left) {
    *y++ = edgeq_clip(*x++, low, high);
  }
}
