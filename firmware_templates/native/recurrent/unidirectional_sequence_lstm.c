#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  X        W       CELL     SUM      GATES
 *   s8    int8_t   int8_t  int16_t  int32_t  "recurrent/gates_s8.h"
 *   s16   int16_t  int8_t  int16_t  int64_t  "recurrent/gates_s16.h"
 *   f32   float    float   float    float    "recurrent/gates_f32.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int16_t CELL;
typedef int32_t SUM;
#define GATES "recurrent/gates_s8.h"

#include GATES

/* Weights of a unit's four gates lie together: input, forget, cell and output gate. Groups are of
 * four taps, the last one filled up with weights of 0. */
typedef struct {
  int32_t batches, steps, inputs, units;
  int32_t x_batch, x_step, y_batch, y_step; /* elements from one to the next */
  int32_t x_groups, h_groups;               /* of inputs, and of units */
  int32_t keeps;                            /* whether the state is kept between inferences */
  const EDGEQ_FLASH W *x_weights;           /* [units, x_groups, 4 gates, 4] */
  const EDGEQ_FLASH W *h_weights;           /* [units, h_groups, 4 gates, 4] */
  const EDGEQ_FLASH SUM *x_bias;            /* [units + EDGEQ_NEURON_BLOCKS - 1, 4 gates] */
  const EDGEQ_FLASH SUM *h_bias;            /* the same, or 0 where there is none */
  edgeq_gates_TYPE gates;
} edgeq_unidirectional_sequence_lstm_TYPE_params;

/* One step of one batch. x: [4 * x_groups]; h: [4 * h_groups], what the step before gave; cell:
 * [units]; y: [units], what this step gives. */
static void edgeq_lstm_step_TYPE(
    const EDGEQ_FLASH edgeq_unidirectional_sequence_lstm_TYPE_params *p, const X *x, const X *h,
    CELL *cell, X *y) {
  const EDGEQ_FLASH W *x_weights = p->x_weights, *h_weights = p->h_weights;
  SUM of_x[4 * EDGEQ_NEURON_BLOCKS], of_h[4 * EDGEQ_NEURON_BLOCKS];
  for (int32_t unit = 0; unit < p->units; unit += EDGEQ_NEURON_BLOCKS) {
    const int32_t count = edgeq_smaller(EDGEQ_NEURON_BLOCKS, p->units - unit);
    x_weights = edgeq_gate_sums_TYPE(x_weights, count, x, p->x_groups, p->x_bias, unit, of_x);
    h_weights = edgeq_gate_sums_TYPE(h_weights, count, h, p->h_groups, p->h_bias, unit, of_h);
    for (int32_t i = 0; i < count; ++i) {
      y[unit + i] = edgeq_lstm_unit_TYPE(&p->gates, of_x + 4 * i, of_h + 4 * i, cell + unit + i);
    }
  }
}

/* UNIDIRECTIONAL_SEQUENCE_LSTM, batch by batch and step by step.
 * x: [batches, steps, inputs] or [steps, batches, inputs], any value
 * outputs: y, of the order of x, [.., .., units]; may start below x. Where the state is kept: the
 *     hidden state and the cell state, each [batches, units]
 * scratch: x and hidden state of a step, 4 * (x_groups + h_groups); where the state is not kept
 *     [units] cells
 */
EDGEQ_KERNEL void edgeq_unidirectional_sequence_lstm_TYPE(
    const EDGEQ_FLASH edgeq_unidirectional_sequence_lstm_TYPE_params *p, const X *x,
    void *const *outputs, void *scratch) {
  const size_t h_bytes = (size_t)p->units * sizeof(X);
  X *const now = (X *)scratch, *const before = now + 4 * p->x_groups;
  memset(now, 0, (size_t)(4 * (p->x_groups + p->h_groups)) * sizeof(X));
  for (int32_t batch = 0; batch < p->batches; ++batch) {
    const X *from = x + batch * p->x_batch;
    X *y = (X *)outputs[0] + batch * p->y_batch;
    X *const hidden = p->keeps ? (X *)outputs[1] + batch * p->units : before;
    CELL *const cell = p->keeps ? (CELL *)outputs[2] + batch * p->units
                                : (CELL *)(void *)(before + 4 * p->h_groups);
    if (p->keeps) {
      memcpy(before, hidden, h_bytes);
    } else {
      edgeq_lstm_begin_TYPE(&p->gates, before, cell, p->units);
    }
    for (int32_t step = 0; step < p->steps; ++step, from += p->x_step, y += p->y_step) {
      memcpy(now, from, (size_t)p->inputs * sizeof(X));
      edgeq_lstm_step_TYPE(p, now, before, cell, y);
      memcpy(before, y, h_bytes);
    }
    if (p->keeps) {
      memcpy(hidden, before, h_bytes);
    }
  }
}
