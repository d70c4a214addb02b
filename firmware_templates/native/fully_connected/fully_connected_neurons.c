#include "common/requantize.h"
#include "fully_connected/neurons.h"

/* A fully connected layer whose weights lie in groups of four neurons, for the inner loop of
 * neurons.h. */
typedef struct {
  /* Constants in the order of the weights: all biases, not doubled, then multipliers, offsets and,
   * double-rounding, exponents of four neurons, or of all, four by four; 12 of them or more. */
  edgeq_epilogue epilogue;
  /* [neurons / 4, rounded up][depth / 4][4 neurons][4], the last block ends with neurons; two in
   * turns where EDGEQ_INTERLEAVED_FILTERS is 2. */
  const EDGEQ_FLASH int8_t *weights;
  edgeq_extent rows, depth, neurons; /* depth: a multiple of 4; neurons: 4 or more */
  /* From the rest of four neurons to that of the next, 0 where all have the same. */
  edgeq_extent scale_step;
  /* Whether neighbours of two neurons in turns are one number, 256 times the second plus the first
   * (opkit/joined_weights.py). */
  uint8_t joined;
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
#define EDGEQ_NEURONS_JOINED(p) ((p)->joined)
#endif

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
#if EDGEQ_INTERLEAVED_FILTERS == 2
    weights = edgeq_dot_neuron_pairs(weights, EDGEQ_NEURONS_JOINED(p), x, groups, bias, sums);
#else
    weights =
        edgeq_dot_neurons(weights, edgeq_neuron_blocks_until(last - y), x, groups, bias, sums);
#endif
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

/* FULLY_CONNECTED on int8, four neurons at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, neurons], activation_min to activation_max; shares no byte with x
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_fully_connected_neurons_s8(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->neurons) {
    if (EDGEQ_NEURONS_SINGLE_MULTIPLY(p)) {
      edgeq_fully_connected_single_multiply(p, x, y);
    } else {
      edgeq_fully_connected_double_rounding(p, x, y);
    }
    edgeq_clamp_outputs(&p->epilogue, y, p->neurons);
  }
}
