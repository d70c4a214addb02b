#include "common/float32.h"

typedef struct {
  int32_t outer, count, inner; /* sizes before the axis, along it and behind it */
  int32_t exclusive, reverse;  /* 1 or 0 */
} edgeq_cumsum_f32_params;

/* CUMSUM on float32: the sums up to each element along an axis, in order.
 * x: [outer, count, inner]
 * y: likewise; may be x itself
 */
EDGEQ_KERNEL void edgeq_cumsum_f32(const EDGEQ_FLASH edgeq_cumsum_f32_params *p, const float *x,
                                   float *y) {
  const int32_t step = p->reverse ? -p->inner : p->inner;
  const int32_t first = p->reverse ? (p->count - 1) * p->inner : 0;
  for (int32_t o = 0; o < p->outer; ++o, x += p->count * p->inner, y += p->count * p->inner) {
    for (int32_t i = 0; i < p->inner; ++i) {
      float sum = 0;
      for (int32_t k = 0, at = first + i; k < p->count; ++k, at += step) {
        const float before = sum;
        sum += x[at];
        y[at] = p->exclusive ? before : sum;
      }
    }
  }
}
