#include "weights/packed_pairs.h"
#include "common/requantize.h"
#include "fully_connected/neurons.h"

/* For the weights of EDGEQ_NEURON_BLOCKS blocks of EDGEQ_CHUNK groups of 4 taps, decoded at
 * once. */
#define EDGEQ_CHUNK_BYTES 512
#define EDGEQ_CHUNK (EDGEQ_NEURON_BLOCKS > 2 ? EDGEQ_CHUNK_BYTES / (16 * EDGEQ_NEURON_BLOCKS) : 16)

/* A fully connected layer for the inner loop of neurons.h whose weights lie in blocks of four
 * neurons, each block as two rows: [neurons / 4, rounded up][2][depth / 4][2 neurons][4 taps], the
 * last block ending with the last neuron. */
typedef struct {
  edgeq_extent rows, depth, neurons; /* depth: a multiple of 4; neurons: 4 or more */
  edgeq_extent scale_step;           /* as in fully_connected_neurons.c */
  int32_t times_16;                  /* 1: int4 weights are decoded to 16 times their value */
  edgeq_packed_weights packed;       /* tables: NULL, or in the order of the neurons */
  edgeq_epilogue epilogue;           /* constants as in fully_connected_neurons.c */
} edgeq_fully_connected_packed_neurons_s8_params;

static inline int32_t edgeq_first_neuron(
    const EDGEQ_FLASH edgeq_fully_connected_packed_neurons_s8_params *p, int32_t block) {
  return 4 * block < p->neurons - 4 ? 4 * block : p->neurons - 4;
}

/* `groups` groups of 4 taps of a block, from its group `at` on, as neurons.h reads them; pairs: a
 * table of pairs, if any. */
EDGEQ_NOINLINE static void edgeq_decode_neurons(
    const EDGEQ_FLASH edgeq_fully_connected_packed_neurons_s8_params *p, int32_t block, int32_t at,
    int32_t groups, const int8_t *pairs, int8_t *to) {
  const EDGEQ_FLASH edgeq_packed_weights *const packed = &p->packed;
  for (int32_t half = 0; half < 2; ++half) {
    const int32_t neuron = edgeq_first_neuron(p, block) + 2 * half;
    const int32_t code = (2 * block + half) * packed->eights + at;
    int8_t *const place = to + 8 * half;
    if (p->times_16) {
      edgeq_decode_int4_times_16(packed->codes + 4 * code, place, groups, 16);
    } else if (packed->pairs_bytes > 0) {
      edgeq_decode_pairs(packed->codes + code * packed->bits, packed->bits, pairs, place, groups,
                         16);
    } else {
      edgeq_decode(packed->codes + code * packed->bits, packed->bits,
                   edgeq_packed_table(packed, neuron), edgeq_packed_table(packed, neuron + 1),
                   place, groups, 16);
    }
  }
}

/* The sums of EDGEQ_NEURON_BLOCKS blocks of four neurons from `block` on over x; only the first
 * `count` of them. */
static inline void edgeq_packed_neurons(
    const EDGEQ_FLASH edgeq_fully_connected_packed_neurons_s8_params *p, int32_t block,
    int32_t count, const int8_t *x, int8_t *scratch, int32_t sums[4 * EDGEQ_NEURON_BLOCKS]) {
  const int32_t groups = p->depth >> 2;
  for (int32_t at = 0; at < groups; at += EDGEQ_CHUNK) {
    const int32_t rest = groups - at, some = rest < EDGEQ_CHUNK ? rest : EDGEQ_CHUNK;
    for (int32_t i = 0; i < count; ++i) {
      edgeq_decode_neurons(p, block + i, at, some, scratch + EDGEQ_CHUNK_BYTES,
                           scratch + 16 * some * i);
    }
    edgeq_dot_neurons(scratch, count, x + 4 * at, some, sums, sums);
  }
}

/* FULLY_CONNECTED on int8 by packed weights, four neurons at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, neurons], activation_min to activation_max; shares no byte with x
 * scratch: EDGEQ_CHUNK_BYTES, then pairs_bytes
 */
EDGEQ_KERNEL void edgeq_fully_connected_packed_neurons_s8(
    const EDGEQ_FLASH edgeq_fully_connected_packed_neurons_s8_params *p, const int8_t *x, int8_t *y,
    void *scratch) {
  const int32_t blocks = (p->neurons + 3) / 4, down = p->times_16 ? 4 : 0;
  if (p->packed.pairs_bytes > 0) {
    edgeq_pair_up(&p->packed, 0, (int8_t *)scratch + EDGEQ_CHUNK_BYTES);
  }
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->neurons) {
    const EDGEQ_FLASH int32_t *bias = p->epilogue.constants, *scale = bias + 4 * blocks;
    for (int32_t block = 0; block < blocks; block += EDGEQ_NEURON_BLOCKS) {
      const int32_t rest = blocks - block,
                    count = rest < EDGEQ_NEURON_BLOCKS ? rest : EDGEQ_NEURON_BLOCKS;
      int32_t sums[4 * EDGEQ_NEURON_BLOCKS] = {0};
      edgeq_packed_neurons(p, block, count, x, (int8_t *)scratch, sums);
      for (int32_t k = 0; k < 4 * count; ++k) {
        const int32_t sum = (sums[k] >> down) + *bias++;
        int8_t *const to = y + edgeq_first_neuron(p, block + (k >> 2)) + (k & 3);
        if (p->epilogue.single_multiply) {
          *to = edgeq_single_multiply(sum, 0, scale[k & 3], scale[4 + (k & 3)], p->epilogue.shift);
        } else {
          *to = edgeq_double_rounding(sum, 0, scale + (k & 3), 4);
        }
        scale += (k & 3) == 3 ? p->scale_step : 0;
      }
    }
    edgeq_clamp_outputs(&p->epilogue, y, p->neurons);
  }
}
