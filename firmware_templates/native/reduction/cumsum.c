#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  T       SUM      VALUES
 *   s8    int8_t  int32_t  "reduction/cumsum_integers.h"
 *   f32   float   float    "reduction/cumsum_reals.h"
 */
typedef int8_t T;
typedef int32_t SUM;
#define VALUES "reduction/cumsum_integers.h"

#include VALUES

/* CUMSUM: the sums up to each element along an axis, in order.
 * x: [outer, count, inner], any value
 * y: likewise; may be x itself
 */
EDGEQ_KERNEL void edgeq_cumsum_TYPE(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p, const T *x,
                                    T *y) {
  const int32_t step = p->reverse ? -p->inner : p->inner;
  const int32_t first = p->reverse ? (p->count - 1) * p->inner : 0;
  for (int32_t o = 0; o < p->outer; ++o, x += p->count * p->inner, y += p->count * p->inner) {
    for (int32_t i = 0; i < p->inner; ++i) {
      SUM sum = edgeq_cumsum_TYPE_start(p);
      for (int32_t k = 0, at = first + i; k < p->count; ++k, at += step) {
        const SUM before = sum;
        sum = edgeq_cumsum_TYPE_add(p, sum, x[at]);
        y[at] = edgeq_cumsum_TYPE_output(p, p->exclusive ? before : sum);
      }
    }
  }
}
