/* Rendered for the rows of the files that include it. */
/* Gates of an LSTM on int16 with zero points 0: sums of 64 bits. */
#include "common/wide.h"
#include "recurrent/scaled.h"

/* Groups whose sums fit 32 bits: 256 products of at most 2^22. */
#define EDGEQ_SHORT_SUM 64

/* Adds the products of some groups, EDGEQ_SHORT_SUM at most. */
static inline const EDGEQ_FLASH int8_t *edgeq_add_gate_products_TYPE(
    const EDGEQ_FLASH int8_t *weights, const int16_t *x, int32_t groups, int64_t *sums) {
  int32_t input = 0, forget = 0, update = 0, output = 0;
  for (; groups > 0; --groups, weights += 16, x += 4) {
    for (int32_t t = 0; t < 4; ++t) {
      const int32_t value = x[t];
      input += value * weights[t];
      forget += value * weights[4 + t];
      update += value * weights[8 + t];
      output += value * weights[12 + t];
    }
  }
  sums[0] += input;
  sums[1] += forget;
  sums[2] += update;
  sums[3] += output;
  return weights;
}

static inline const EDGEQ_FLASH int8_t *edgeq_gate_sums_TYPE(
    const EDGEQ_FLASH int8_t *weights, int32_t count, const int16_t *x, int32_t groups,
    const EDGEQ_FLASH int64_t *bias, int32_t unit, int64_t *sums) {
  for (const int64_t *const end = sums + 4 * count; sums < end; sums += 4, ++unit) {
    for (int32_t k = 0; k < 4; ++k) {
      sums[k] = bias != NULL ? bias[4 * unit + k] : 0;
    }
    for (int32_t from = 0; from < groups; from += EDGEQ_SHORT_SUM) {
      const int32_t some = edgeq_smaller(EDGEQ_SHORT_SUM, groups - from);
      weights = edgeq_add_gate_products_TYPE(weights, x + 4 * from, some, sums);
    }
  }
  return weights;
}

static inline int32_t edgeq_gate_input_TYPE(int64_t sum, int32_t multiplier, int32_t left,
                                            int32_t right) {
  (void)left;
  return edgeq_requantize_wide(sum, multiplier, (int)right, INT16_MIN, INT16_MAX);
}

static inline int32_t edgeq_hidden_TYPE(int32_t x) {
  return edgeq_saturate_s16(x);
}

#include "recurrent/integer_gates.h"
