/* Rendered for the rows of the files that include it. */
/* Gates and units of an LSTM on float32. */
#include "activation/logistic_f32.h"
#include "activation/tanh_f32.h"

typedef struct {
  float clip; /* the largest magnitude of a cell, FLT_MAX for no limit */
} edgeq_gates_TYPE;

/* Sums in the order of the taps; the bias comes last. */
static inline const EDGEQ_FLASH float *edgeq_gate_sums_TYPE(
    const EDGEQ_FLASH float *weights, int32_t count, const float *x, int32_t groups,
    const EDGEQ_FLASH float *bias, int32_t unit, float *sums) {
  for (int32_t i = 0; i < 4 * count; ++i) {
    const EDGEQ_FLASH float *tap = weights + (i >> 2) * 16 * groups + 4 * (i & 3);
    float sum = 0.0f;
    for (int32_t k = 0; k < 4 * groups; ++k) {
      sum = edgeq_add_product(sum, x[k], tap[16 * (k >> 2) + (k & 3)]);
    }
    sums[i] = bias != NULL ? sum + bias[4 * unit + i] : sum;
  }
  return weights + 16 * groups * count;
}

/* What gate k gets; sums saturate at the largest float. */
static inline float edgeq_gate_TYPE(const float *of_x, const float *of_h, int32_t k) {
  return edgeq_bound(of_x[k], -FLT_MAX, FLT_MAX) + edgeq_bound(of_h[k], -FLT_MAX, FLT_MAX);
}

/* The state before the first step. */
static inline void edgeq_lstm_begin_TYPE(const EDGEQ_FLASH edgeq_gates_TYPE *p, float *hidden,
                                         float *cell, int32_t units) {
  (void)p;
  for (int32_t unit = 0; unit < units; ++unit) {
    hidden[unit] = cell[unit] = 0.0f;
  }
}

static inline float edgeq_lstm_unit_TYPE(const EDGEQ_FLASH edgeq_gates_TYPE *p, const float *of_x,
                                         const float *of_h, float *cell) {
  const float input = edgeq_logistic(edgeq_gate_TYPE(of_x, of_h, 0)),
              forget = edgeq_logistic(edgeq_gate_TYPE(of_x, of_h, 1)),
              update = edgeq_tanh(edgeq_gate_TYPE(of_x, of_h, 2)),
              output = edgeq_logistic(edgeq_gate_TYPE(of_x, of_h, 3));
  const float kept = edgeq_product(forget, *cell);
  *cell = edgeq_bound(edgeq_add_product(kept, input, update), -p->clip, p->clip);
  return edgeq_product(edgeq_tanh(*cell), output);
}
