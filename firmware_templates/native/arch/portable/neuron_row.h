/* A row of a fully connected layer by the inner loop of neurons.h. Contract:
 * fully_connected/neuron_layer.h. */
#ifndef EDGEQ_PORTABLE_NEURON_ROW_H
#define EDGEQ_PORTABLE_NEURON_ROW_H

#include "fully_connected/neuron_layer.h"
#include "fully_connected/neurons.h"

#include EDGEQ_NEURONS_EPILOGUE

/* All neurons of one row; the last block of four ends with the last neuron and may repeat some of
 * the block before. */
static EDGEQ_INLINE void edgeq_fully_connected(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y,
    int32_t single_multiply) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const EDGEQ_FLASH int32_t *bias = p->epilogue.constants, *scale = bias + ((p->neurons + 3) & -4);
  int32_t groups = p->depth >> 2, step = single_multiply ? 8 : p->scale_step,
          shift = p->epilogue.shift;
  EDGEQ_ANY(groups);
  if (!single_multiply) {
    EDGEQ_ANY(step);
  }
  EDGEQ_ANY(shift);
  int8_t *const last = y + p->neurons - 4;
  for (;; bias += 4 * EDGEQ_NEURON_BLOCKS) {
    int32_t sums[4 * EDGEQ_NEURON_BLOCKS];
    weights =
        edgeq_dot_neurons(weights, edgeq_neuron_blocks_until(last - y), x, groups, bias, sums);
    for (int32_t i = 0; i < EDGEQ_NEURON_BLOCKS; ++i, scale += step, y += 4) {
      y = y < last ? y : last;
      if (single_multiply) {
        edgeq_finish_single_multiply(sums + 4 * i, scale, shift, y);
      } else {
        edgeq_finish_double_rounding(sums + 4 * i, scale, y);
      }
      if (y == last) {
        return;
      }
    }
  }
}

EDGEQ_NOINLINE static void edgeq_fully_connected_single_multiply(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  edgeq_fully_connected(p, x, y, 1);
}

EDGEQ_NOINLINE static void edgeq_fully_connected_double_rounding(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  edgeq_fully_connected(p, x, y, 0);
}

static inline void edgeq_fully_connected_row(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  if (EDGEQ_NEURONS_SINGLE_MULTIPLY(p)) {
    edgeq_fully_connected_single_multiply(p, x, y);
  } else {
    edgeq_fully_connected_double_rounding(p, x, y);
  }
}

#endif
