/* Rendered for the rows of the files that include it. */
/* A unit of an LSTM on integers: gates in 2^-12, their outputs in 2^-15, cells in int16. */
#include "activation/squash.h"

/* In the order input, forget, cell, output gate. Multipliers and shifts are those of
 * edgeq_gate_input_TYPE and of edgeq_requantize. */
typedef struct {
  int32_t x_multiplier[4], x_shift[4], h_multiplier[4], h_shift[4];
  int32_t update_multiplier, update_shift; /* input gate times cell gate, to the cell's scale */
  int32_t output_multiplier, output_shift, zero_point;
  int32_t cell_multiplier, cell_shift; /* the cell's scale in units of the table */
  int32_t clip;                        /* the largest magnitude of a cell, 32768 for no limit */
  const EDGEQ_FLASH uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
} edgeq_gates_TYPE;

static inline int32_t edgeq_int16_of_TYPE(int32_t x) {
  return edgeq_clamp(x, INT16_MIN, INT16_MAX);
}

/* What gate k gets, of 2^-12. */
static inline int32_t edgeq_gate_TYPE(const EDGEQ_FLASH edgeq_gates_TYPE *p, const SUM *of_x,
                                      const SUM *of_h, int32_t k) {
  return edgeq_int16_of_TYPE(edgeq_gate_input_TYPE(of_x[k], p->x_multiplier[k], p->x_shift[k]) +
                             edgeq_gate_input_TYPE(of_h[k], p->h_multiplier[k], p->h_shift[k]));
}

/* The state before the first step. */
static inline void edgeq_lstm_begin_TYPE(const EDGEQ_FLASH edgeq_gates_TYPE *p, X *hidden,
                                         int16_t *cell, int32_t units) {
  for (int32_t unit = 0; unit < units; ++unit) {
    hidden[unit] = (X)p->zero_point;
    cell[unit] = 0;
  }
}

static inline X edgeq_lstm_unit_TYPE(const EDGEQ_FLASH edgeq_gates_TYPE *p, const SUM *of_x,
                                     const SUM *of_h, int16_t *cell) {
  const EDGEQ_FLASH uint16_t *const table = p->sigmoid;
  const int32_t input = edgeq_logistic_16(table, 3 * edgeq_gate_TYPE(p, of_x, of_h, 0)),
                forget = edgeq_logistic_16(table, 3 * edgeq_gate_TYPE(p, of_x, of_h, 1)),
                update = edgeq_tanh_16(table, 3 * edgeq_gate_TYPE(p, of_x, of_h, 2)),
                output = edgeq_logistic_16(table, 3 * edgeq_gate_TYPE(p, of_x, of_h, 3));
  const int32_t kept = edgeq_multiply_by_quantized_multiplier(forget * *cell, 1 << 30, -14),
                added = edgeq_requantize(input * update, p->update_multiplier,
                                         (int)p->update_shift, 0, INT16_MIN, INT16_MAX);
  const int32_t sum = edgeq_int16_of_TYPE(kept + added);
  *cell = (int16_t)edgeq_clamp(sum, -p->clip, p->clip);
  const int32_t units = edgeq_sigmoid_units(*cell, p->cell_multiplier, (int)p->cell_shift);
  return (X)edgeq_requantize(edgeq_tanh_16(table, units) * output, p->output_multiplier,
                             (int)p->output_shift, p->zero_point, EDGEQ_HIDDEN_MIN_TYPE,
                             EDGEQ_HIDDEN_MAX_TYPE);
}
