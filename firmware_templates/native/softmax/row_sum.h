#ifndef EDGEQ_ROW_SUM_H
#define EDGEQ_ROW_SUM_H

#include "common/edgeq_native.h"

/* A row's largest element, and the sum of exponentials of the distances from it, in Q12. */
typedef struct {
  int32_t max, sum;
} edgeq_row_sum;

/* exps[d] is exp(-d * beta * x_scale) in Q0 (raw / 2^31), 0 at `length`, from where on it is too
 * small to count. For the sum's sake a row may be 4095 long. */
EDGEQ_ONCE static edgeq_row_sum edgeq_row_sum_of(const int8_t *x, int32_t depth,
                                                 const EDGEQ_FLASH int32_t *exps, int32_t length) {
  edgeq_row_sum row = {INT8_MIN, 0};
  EDGEQ_ROLLED
  for (int32_t c = 0; c < depth; ++c) {
    row.max = edgeq_larger(row.max, x[c]);
  }
  EDGEQ_ROLLED
  for (int32_t c = 0; c < depth; ++c) {
    row.sum += edgeq_rounding_divide_by_pot(exps[edgeq_smaller(row.max - x[c], length)], 12);
  }
  return row;
}

#endif
