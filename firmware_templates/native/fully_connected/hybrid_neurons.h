/* Layers of quantized activations by int8 weights that lie in blocks of four neurons, for the inner
 * loop of neurons.h. */
#ifndef EDGEQ_HYBRID_NEURONS_H
#define EDGEQ_HYBRID_NEURONS_H

#include "common/dynamic.h"
#include "fully_connected/neurons.h"

typedef struct {
  int32_t tap_groups, neurons; /* taps of a neuron / 4, rounded up; 4 neurons or more */
  int32_t scale_step;          /* 1: a weight scale for each neuron; 0: one for all */
  int8_t symmetric;            /* 1: activations around 0 */
  int8_t scales_first; /* 1: sum * (scale * weight scale); 0: (sum * weight scale) * scale */
  float activation_min, activation_max;
  /* [neurons / 4, rounded up][tap_groups][4 neurons][4], the last block ends with neurons */
  const EDGEQ_FLASH int8_t *weights;
  const EDGEQ_FLASH int32_t *weight_sum; /* [neurons], of each neuron */
  const EDGEQ_FLASH float *weight_scale; /* [neurons] or [1] */
  const EDGEQ_FLASH float *bias;         /* [neurons] */
} edgeq_hybrid_neurons;

/* Sums of four neurons from u on to real outputs. */
static inline void edgeq_hybrid_finish(const EDGEQ_FLASH edgeq_hybrid_neurons *p,
                                       const int32_t sums[4], edgeq_scale_found x, int32_t u,
                                       float *y) {
  for (int32_t k = 0; k < 4; ++k, ++u) {
    const float steps = (float)(sums[k] - x.zero_point * p->weight_sum[u]),
                scale = p->weight_scale[u * p->scale_step];
    const float real = p->scales_first ? edgeq_add_product(p->bias[u], steps, x.scale * scale)
                                       : edgeq_add_product(p->bias[u], steps * scale, x.scale);
    y[u] = edgeq_bound(real, p->activation_min, p->activation_max);
  }
}

/* All neurons of the quantized taps q [4 * tap_groups], 4-byte aligned, into y [neurons]; the last
 * block of four ends with the last neuron and may repeat some of the block before. */
static void edgeq_hybrid_outputs(const EDGEQ_FLASH edgeq_hybrid_neurons *p, const int8_t *q,
                                 edgeq_scale_found x, float *y) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t groups = p->tap_groups, last = p->neurons - 4;
  for (int32_t u = 0;;) {
    int32_t sums[4 * EDGEQ_NEURON_BLOCKS] = {0};
    weights =
        edgeq_dot_neurons(weights, edgeq_neuron_blocks_until(last - u), q, groups, sums, sums);
    for (int32_t i = 0; i < EDGEQ_NEURON_BLOCKS; ++i, u += 4) {
      u = u < last ? u : last;
      edgeq_hybrid_finish(p, sums + 4 * i, x, u, y);
      if (u == last) {
        return;
      }
    }
  }
}

#endif
