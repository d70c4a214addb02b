/* Rendered for the rows of the files that include it. */
/* Gates of an LSTM on int8: sums of 32 bits, into which the zero points are folded. */
#include "fully_connected/neurons.h"

static inline const EDGEQ_FLASH int8_t *edgeq_gate_sums_TYPE(
    const EDGEQ_FLASH int8_t *weights, int32_t count, const int8_t *x, int32_t groups,
    const EDGEQ_FLASH int32_t *bias, int32_t unit, int32_t *sums) {
  return edgeq_dot_neurons(weights, count, x, groups, bias + 4 * unit, sums);
}

static inline int32_t edgeq_gate_input_TYPE(int32_t sum, int32_t multiplier, int32_t shift) {
  return edgeq_requantize(sum, multiplier, (int)shift, 0, INT16_MIN, INT16_MAX);
}

#define EDGEQ_HIDDEN_MIN_TYPE INT8_MIN
#define EDGEQ_HIDDEN_MAX_TYPE INT8_MAX

#include "recurrent/integer_gates.h"
