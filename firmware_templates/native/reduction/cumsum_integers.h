/* Rendered for the rows of the files that include it. */
#include "common/edgeq_native.h"

/* CUMSUM of integers: sums modulo 2^32 with 19 fraction bits, requantized. */
typedef struct {
  int32_t outer, count, inner; /* sizes before the axis, along it and behind it */
  int32_t exclusive, reverse;  /* 1 or 0 */
  int32_t zero_point, multiplier, shift, output_zero_point;
} edgeq_cumsum_TYPE_params;

/* As in the reference a sum begins at the negated zero point. */
static inline int32_t edgeq_cumsum_TYPE_start(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p) {
  return -p->zero_point;
}

static inline int32_t edgeq_cumsum_TYPE_add(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p,
                                            int32_t sum, T x) {
  return sum + (x - p->zero_point);
}

static inline T edgeq_cumsum_TYPE_output(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p,
                                         int32_t sum) {
  return (T)edgeq_requantize((int32_t)((uint32_t)sum << 19), p->multiplier, (int)p->shift,
                             p->output_zero_point, INT8_MIN, INT8_MAX);
}
