/* Rendered for the rows of the files that include it. */
/* Gates of an LSTM on int16 with zero points 0: sums of 64 bits. */
#include "common/wide.h"

static inline int64_t edgeq_gate_product_TYPE(int64_t sum, int16_t x, int8_t w) {
  return sum + (int32_t)x * w;
}

#include "recurrent/gate_sums.h"

static inline int32_t edgeq_gate_input_TYPE(int64_t sum, int32_t multiplier, int32_t shift) {
  return edgeq_requantize_wide(sum, multiplier, (int)shift, INT16_MIN, INT16_MAX);
}

#define EDGEQ_HIDDEN_MIN_TYPE INT16_MIN
#define EDGEQ_HIDDEN_MAX_TYPE INT16_MAX

#include "recurrent/integer_gates.h"
