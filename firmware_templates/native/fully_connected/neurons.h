/* Dot products of one vector with rows of weights, the inner loop of fully connected layers. The
 * rows come in blocks of four.
 *
 * edgeq_dot_neurons writes to[4 * i + k] = from[4 * i + k] + row k of block i over x, i up to
 * EDGEQ_NEURON_BLOCKS, and returns where the weights of these blocks end. Only the first `blocks`
 * of them need be there; of the others `from` is read still, and `to` may be anything. from and to
 * may be the same. Weights: int8 [blocks][groups][4 rows][4 taps]. x: int8 [4 * groups]. Both are
 * 4-byte aligned.
 */
#ifndef EDGEQ_NEURONS_H
#define EDGEQ_NEURONS_H

#include "common/edgeq_native.h"

#include EDGEQ_NEURONS

/* How many blocks to take at once, `neurons` before the last block's first neuron. */
static inline int32_t edgeq_neuron_blocks_until(ptrdiff_t neurons) {
  const int32_t rest = (int32_t)((neurons + 7) >> 2);
  return EDGEQ_NEURON_BLOCKS == 1 || rest > EDGEQ_NEURON_BLOCKS ? EDGEQ_NEURON_BLOCKS : rest;
}

#endif
