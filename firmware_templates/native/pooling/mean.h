#ifndef EDGEQ_MEAN_H
#define EDGEQ_MEAN_H

#include "pooling/pool.h"
#include "common/requantize.h"

/* What dividing by the elements of a window takes: one division for all its channels, and none that
 * depends on data. */
typedef struct {
  int32_t count, reciprocal; /* 2^31 / count, rounded down */
} edgeq_divisor;

static inline edgeq_divisor edgeq_divisor_of(edgeq_pool_window window) {
  const int32_t count = window.rows * window.columns;
  const edgeq_divisor divisor = {count, INT32_MAX / count};
  return divisor;
}

/* sum / count to nearest, ties away from zero, |sum| + count / 2 < 2^30. The product with the
 * reciprocal is too small by |sum| / 2^31 and a bit, so that the quotient is at most 1 too
 * small. */
static inline int32_t edgeq_mean(int32_t sum, const edgeq_divisor *divisor) {
  const int32_t sign = edgeq_sign(sum), dividend = (sum ^ sign) - sign + (divisor->count >> 1);
  const int32_t quotient = edgeq_high_word(2 * dividend, divisor->reciprocal);
  const int32_t rest = dividend - quotient * divisor->count;
  const int32_t mean = quotient + 1 + ((rest - divisor->count) >> 31);
  return (mean ^ sign) - sign;
}

#endif
