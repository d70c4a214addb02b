/* Rendered for the rows of the files that include it. */
/* A unit of an LSTM on integers: gates in 2^-12, their outputs in 2^-15, cells in int16. */
#include "activation/squash.h"

/* In the order input, forget, cell, output gate. Multipliers and shifts are those of
 * edgeq_gate_input_TYPE and of edgeq_scaled. */
typedef struct {
  int32_t x_multiplier[4], h_multiplier[4];
  uint8_t x_left[4], x_right[4], h_left[4], h_right[4];
  int32_t update_multiplier, output_multiplier; /* to the scales of cells and hidden state */
  uint8_t update_right, output_right;
  uint8_t cell_shift;
  int32_t cell_multiplier; /* the cell's scale in units of the table */
  int32_t zero_point, clip; /* clip: the largest magnitude of a cell, 32768 for no limit */
  const EDGEQ_FLASH uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
} edgeq_gates_TYPE;

/* What gate k gets, of 2^-12. */
static inline int32_t edgeq_gate_TYPE(const EDGEQ_FLASH edgeq_gates_TYPE *p, const SUM *of_x,
                                      const SUM *of_h, int32_t k) {
  const int32_t from_x =
      edgeq_gate_input_TYPE(of_x[k], p->x_multiplier[k], p->x_left[k], p->x_right[k]);
  return edgeq_saturate_s16(from_x + edgeq_gate_input_TYPE(of_h[k], p->h_multiplier[k],
                                                           p->h_left[k], p->h_right[k]));
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
  const int32_t halved = (forget * *cell + 1) >> 1, /* a cell by 2^-15, rounded twice */
      kept = (halved + (1 << 13) + (halved >> 31)) >> 14,
                added = edgeq_saturate_s16(
                    edgeq_scaled(input * update, p->update_multiplier, 1, p->update_right));
  const int32_t sum = edgeq_saturate_s16(kept + added);
  *cell = (int16_t)edgeq_clamp(sum, -p->clip, p->clip);
  const int32_t units = edgeq_sigmoid_units(*cell, p->cell_multiplier, p->cell_shift);
  const int32_t scaled =
      edgeq_scaled(edgeq_tanh_16(table, units) * output, p->output_multiplier, 1, p->output_right);
  return (X)edgeq_hidden_TYPE(scaled + p->zero_point);
}
