#include "edgeq_native.h"

typedef struct {
  int32_t elements;
  int8_t low, high;
} edgeq_clip_s8_params;

/* RELU and its kin on int8 where input and output share scale and zero point.
 * x: [elements], -128 to 127
 * y: [elements], low to high; may be x itself
 */
EDGEQ_KERNEL void edgeq_clip_s8(const EDGEQ_FLASH edgeq_clip_s8_params *p, const int8_t *x, int8_t *y) {
  const int8_t low = p->low, high = p->high;
  for (int32_t i = 0; i < p->elements; ++i) {
    const int8_t v = x[i];
    y[i] = v < low ? low : v > high ? high : v;
  }
}
