/* A fully connected layer on int8 whose weights lie in groups of four neurons.
 *
 * EDGEQ_NEURON_ROW defines edgeq_fully_connected_row(p, x, y): from inputs x [depth], 4-byte
 * aligned, to outputs y [neurons], saturated to int8. The last four neurons end with the last one,
 * and some of them may be those of the four before. */
#ifndef EDGEQ_NEURON_LAYER_H
#define EDGEQ_NEURON_LAYER_H

#include "common/requantize.h"

typedef struct {
  /* Constants in the order of the weights: all biases, not doubled, then multipliers, offsets and,
   * double-rounding, exponents of four neurons, or of all, four by four; 12 of them or more. Where
   * EDGEQ_INTERLEAVED_NEURONS is 2, biases have products of weights in them
   * (opkit/paired_products.py), and in_eights those of opkit/eight_neurons.py stand behind them. */
  edgeq_epilogue epilogue;
  /* [neurons / 4, rounded up][depth / 4][4 neurons][4], the last block ends with neurons; two in
   * turns where EDGEQ_INTERLEAVED_NEURONS is 2. */
  const EDGEQ_FLASH int8_t *weights;
  edgeq_extent rows, depth, neurons; /* depth: a multiple of 4; neurons: 4 or more */
  /* Words from the rest of four neurons to that of the next, 0 where all have the same;
   * single-multiply they lie 8 apart all the same. */
  uint8_t scale_step;
  /* Where EDGEQ_INTERLEAVED_NEURONS is 2, whether weights lie in groups of eight neurons, all
   * joined and of one scale. */
  uint8_t in_eights;
} edgeq_fully_connected_neurons_s8_params;

/* Which form the requantization epilogue has, as in conv_2d_gather.h. */
#if defined(EDGEQ_FULLY_CONNECTED_FORM)
#define EDGEQ_NEURONS_SINGLE_MULTIPLY(p) (EDGEQ_FULLY_CONNECTED_FORM)
#else
#define EDGEQ_NEURONS_SINGLE_MULTIPLY(p) ((p)->epilogue.single_multiply)
#endif

/* Whether weights are joined, in the same way. */
#if defined(EDGEQ_FULLY_CONNECTED_JOINED)
#define EDGEQ_NEURONS_JOINED(p) (EDGEQ_FULLY_CONNECTED_JOINED)
#else
#define EDGEQ_NEURONS_JOINED(p) ((p)->epilogue.joined)
#endif

/* Whether eight neurons are taken at a time, in the same way. */
#if defined(EDGEQ_FULLY_CONNECTED_IN_EIGHTS)
#define EDGEQ_NEURONS_IN_EIGHTS(p) (EDGEQ_FULLY_CONNECTED_IN_EIGHTS)
#else
#define EDGEQ_NEURONS_IN_EIGHTS(p) ((p)->in_eights)
#endif

#endif
