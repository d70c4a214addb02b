#include "edgeq_native.h"
#include "reciprocal.h"

/* What softmax on int8 inputs needs of a row, for outputs of any width. */
typedef struct {
  int32_t max;
  int32_t scale; /* 1 / sum of exponentials in Q0, up to 2^bits */
  int bits;
} edgeq_softmax_row;

/* exps[d] is exp(-d * beta * x_scale) in Q0 (raw / 2^31); from `length` on it is too small to count.
 * The sum is kept in Q12, so a row may be 4095 long. */
static inline edgeq_softmax_row edgeq_softmax_row_of(const int8_t *x, int32_t depth, const EDGEQ_FLASH int32_t *exps,
                                                     int32_t length) {
  edgeq_softmax_row row = {INT8_MIN, 0, 0};
  for (int32_t c = 0; c < depth; ++c) {
    row.max = x[c] > row.max ? x[c] : row.max;
  }
  int32_t sum = 0;
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t below = row.max - x[c];
    if (below < length) {
      sum += edgeq_rounding_divide_by_pot(exps[below], 12);
    }
  }
  row.scale = edgeq_reciprocal(sum, 12, &row.bits);
  return row;
}

/* The probability of an element in steps of 2^-width: 0 where more than 31 bits are shifted out. */
static inline int32_t edgeq_softmax_probability(const edgeq_softmax_row *row, int32_t exponential, int width) {
  const int shift = row->bits + 31 - width;
  const int32_t product = edgeq_saturating_rounding_doubling_high_mul(row->scale, exponential);
  return shift > 31 ? 0 : edgeq_rounding_divide_by_pot(product, shift);
}
