#ifndef EDGEQ_SOFTMAX_H
#define EDGEQ_SOFTMAX_H

#include "common/edgeq_native.h"
#include "softmax/reciprocal.h"
#include "softmax/row_sum.h"

/* 1 / sum of a row's exponentials in Q0, up to 2^bits. */
typedef struct {
  edgeq_row_sum row;
  int32_t scale;
  int bits;
} edgeq_softmax_row;

static inline edgeq_softmax_row edgeq_softmax_row_of(const int8_t *x, int32_t depth,
                                                     const EDGEQ_FLASH int32_t *exps,
                                                     int32_t length) {
  edgeq_softmax_row result = {edgeq_row_sum_of(x, depth, exps, length), 0, 0};
  result.scale = edgeq_reciprocal(result.row.sum, 12, &result.bits);
  return result;
}

/* The probability of an element in steps of 2^-width: 0 where more than 31 bits are shifted out. */
EDGEQ_ONCE static int32_t edgeq_softmax_probability(const edgeq_softmax_row *row,
                                                    int32_t exponential, int width) {
  const int shift = row->bits + 31 - width;
  const int32_t product = edgeq_saturating_rounding_doubling_high_mul(row->scale, exponential);
  return edgeq_rounding_divide_by_pot(product, (int)edgeq_smaller(shift, 31)) &
         ~edgeq_below(31, shift);
}

#endif
