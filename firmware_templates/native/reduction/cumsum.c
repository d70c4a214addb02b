#include "common/edgeq_native.h"

typedef struct {
  int32_t outer, count, inner; /* sizes before the axis, along it and behind it */
  int32_t exclusive, reverse;  /* 1 or 0 */
  int32_t zero_point, multiplier, shift, output_zero_point;
} edgeq_cumsum_s8_params;

/* CUMSUM on int8: the sums up to each element along an axis, modulo 2^32 with 19 fraction bits,
 * requantized; as in the reference a sum begins at the negated zero point.
 * x: [outer, count, inner], any value
 * y: likewise; may be x itself
 */
EDGEQ_KERNEL void edgeq_cumsum_s8(const EDGEQ_FLASH edgeq_cumsum_s8_params *p, const int8_t *x,
                                  int8_t *y) {
  const int32_t step = p->reverse ? -p->inner : p->inner;
  const int32_t first = p->reverse ? (p->count - 1) * p->inner : 0;
  for (int32_t o = 0; o < p->outer; ++o, x += p->count * p->inner, y += p->count * p->inner) {
    for (int32_t i = 0; i < p->inner; ++i) {
      int32_t sum = -p->zero_point;
      for (int32_t k = 0, at = first + i; k < p->count; ++k, at += step) {
        const int32_t before = sum;
        sum += x[at] - p->zero_point;
        const int32_t chosen = p->exclusive ? before : sum;
        y[at] = (int8_t)edgeq_requantize((int32_t)((uint32_t)chosen << 19), p->multiplier,
                                         (int)p->shift, p->output_zero_point, INT8_MIN, INT8_MAX);
      }
    }
  }
}
