/* Rendered for the rows of the files that include it. */
/* Gates of an LSTM on int8: sums of 32 bits, into which the zero points are folded. */
#include "fully_connected/neurons.h"
#include "recurrent/scaled.h"

static inline const EDGEQ_FLASH int8_t *edgeq_gate_sums_TYPE(
    const EDGEQ_FLASH int8_t *weights, int32_t count, const int8_t *x, int32_t groups,
    const EDGEQ_FLASH int32_t *bias, int32_t unit, int32_t *sums) {
  return edgeq_dot_neurons(weights, count, x, groups, bias + 4 * unit, sums);
}

static inline int32_t edgeq_gate_input_TYPE(int32_t sum, int32_t multiplier, int32_t left,
                                            int32_t right) {
  return edgeq_saturate_s16(edgeq_scaled(sum, multiplier, left, right));
}

static inline int32_t edgeq_hidden_TYPE(int32_t x) {
  return edgeq_saturate_s8(x);
}

#include "recurrent/integer_gates.h"
