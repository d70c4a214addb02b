#ifndef EDGEQ_CONV_2D_PACKED_H
#define EDGEQ_CONV_2D_PACKED_H

#include "conv_2d_gather.h"
#include "packed_pairs.h"

#define EDGEQ_MOST_SETS 4

/* A convolution for the inner loop of columns.h whose filters are decoded when they are needed: each one for `sets`
 * sets of four pixels, whose columns lie side by side. */
typedef struct {
  edgeq_conv_2d_columns_s8_params layer; /* weights: NULL */
  edgeq_packed_weights packed;           /* a row for each filter */
  int32_t taps;                          /* of a filter */
  int32_t times_16;                      /* 1: int4 weights are decoded to 16 times their value */
  int32_t sets, set_bytes;               /* bytes of the columns of a set */
} edgeq_conv_2d_packed_columns_s8_params;

#if defined(__ARM_FEATURE_MVE)
#define EDGEQ_FILTERS 1

static inline void edgeq_dot_4(const int8_t *w, int32_t next, const edgeq_tap *x, int32_t groups, int32_t sums[4]) {
  const int32_t taps = 4 * groups;
  (void)next;
  vstrwq_s32(sums, edgeq_dot_vector(w, x, taps, taps > 16 ? taps - 16 : 0));
}
#endif

/* One filter to `to`, zeros behind its last tap; pairs: place for its table of pairs. */
static inline void edgeq_conv_2d_filter(const EDGEQ_FLASH edgeq_conv_2d_packed_columns_s8_params *p, int32_t filter,
                                        int8_t *pairs, int8_t *to) {
  const EDGEQ_FLASH edgeq_packed_weights *const packed = &p->packed;
  if (p->times_16) {
    edgeq_decode_int4_times_16(edgeq_packed_row(packed, filter), to, packed->eights, 8);
  } else {
    if (packed->pairs_bytes > 0 && packed->sharing < packed->rows && filter % packed->sharing == 0) {
      edgeq_pair_up(packed, filter, pairs);
    }
    edgeq_decode_paired_row(packed, filter, pairs, to);
  }
  EDGEQ_ROLLED
  for (int32_t i = p->taps; i < 4 * p->layer.tap_groups; ++i) {
    to[i] = 0;
  }
}

/* The outputs of a filter for four pixels. at: where each lies from y, that of the first one for a pixel that does not
 * exist, which is then overwritten. */
static inline void edgeq_conv_2d_packed_store(const EDGEQ_FLASH edgeq_output_stage *stage,
                                              const EDGEQ_FLASH int32_t *channel, int32_t down, const int32_t sums[4],
                                              int8_t *y, const int32_t at[4]) {
  if (stage->one_sided) {
    const int32_t bias = channel[0], multiplier = channel[1], offset = channel[2], shift = stage->shift;
    y[at[3]] = edgeq_one_sided(sums[3] >> down, bias, multiplier, offset, shift);
    y[at[2]] = edgeq_one_sided(sums[2] >> down, bias, multiplier, offset, shift);
    y[at[1]] = edgeq_one_sided(sums[1] >> down, bias, multiplier, offset, shift);
    y[at[0]] = edgeq_one_sided(sums[0] >> down, bias, multiplier, offset, shift);
  } else {
    for (int32_t k = EDGEQ_COLUMNS - 1; k >= 0; --k) {
      y[at[k]] = edgeq_two_sided(sums[k] >> down, channel[0], channel + 1, 1);
    }
  }
}

/* The outputs of `sets` sets of pixels from their columns; pairs: the table of pairs, if all filters share it, and
 * place behind it for EDGEQ_FILTERS filters. One left over at the end is computed as often as filters go together. */
EDGEQ_NOINLINE static void edgeq_conv_2d_packed_outputs(const EDGEQ_FLASH edgeq_conv_2d_packed_columns_s8_params *p,
                                                        const int8_t *columns, int8_t *pairs, int32_t sets, int8_t *y,
                                                        const int32_t *at) {
  const EDGEQ_FLASH edgeq_output_stage *const stage = &p->layer.stage;
  const int32_t down = p->times_16 ? 4 : 0, constants = stage->one_sided ? 3 : 4, groups = p->layer.tap_groups;
  const int32_t filter_bytes = 8 * p->packed.eights;
  int8_t *const filters = pairs + p->packed.pairs_bytes;
  for (int32_t f = 0; f < p->layer.output_channels; f += EDGEQ_FILTERS) {
    const int32_t rest = p->layer.output_channels - f, count = rest < EDGEQ_FILTERS ? rest : EDGEQ_FILTERS;
    for (int32_t i = 0; i < count; ++i) {
      edgeq_conv_2d_filter(p, f + i, pairs, filters + i * filter_bytes);
    }
    for (int32_t s = 0; s < sets; ++s) {
      const edgeq_tap *const set = (const edgeq_tap *)(const void *)(columns + s * p->set_bytes);
      int32_t sums[4 * EDGEQ_FILTERS];
      edgeq_dot_4(filters, (count - 1) * filter_bytes, set, groups, sums);
      for (int32_t i = 0; i < count; ++i) {
        edgeq_conv_2d_packed_store(stage, stage->constants + (f + i) * constants, down, sums + 4 * i, y + f + i,
                                   at + 4 * s);
      }
    }
  }
}

/* Rows of an output. scratch: `sets` sets of columns, a table of pairs, EDGEQ_FILTERS filters, then the bytes of a
 * window. */
EDGEQ_NOINLINE static void edgeq_conv_2d_packed_rows(const EDGEQ_FLASH edgeq_conv_2d_packed_columns_s8_params *p,
                                                     const edgeq_lines *lines, int32_t first, int32_t count, int8_t *y,
                                                     int8_t *scratch) {
  const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *const layer = &p->layer;
  const int32_t channels = layer->output_channels, most = EDGEQ_COLUMNS * p->sets;
  const int32_t pointwise = layer->input_channels == 4 * layer->tap_groups;
  int8_t *const pairs = scratch + p->sets * p->set_bytes;
  int8_t *const bytes = pairs + p->packed.pairs_bytes + EDGEQ_FILTERS * 8 * p->packed.eights;
  int32_t top = first * layer->stride_height - layer->pad_top, left = -layer->pad_left, column = 0;
  if (p->packed.pairs_bytes > 0) {
    edgeq_pair_up(&p->packed, 0, pairs);
  }
  for (int32_t pixels = count * layer->output_width; pixels > 0; pixels -= most) {
    int32_t at[EDGEQ_COLUMNS * EDGEQ_MOST_SETS], k = 0;
    for (; k < most && k < pixels; ++k) {
      edgeq_tap *const set = (edgeq_tap *)(void *)(scratch + k / EDGEQ_COLUMNS * p->set_bytes);
      at[k] = k * channels;
      if (pointwise) {
        const int8_t *const pixel = edgeq_line(lines, top) + left * layer->input_channels;
        edgeq_fill_groups(set, k % EDGEQ_COLUMNS, pixel, layer->tap_groups);
      } else {
        edgeq_conv_2d_column(layer, lines, top, left, set, k % EDGEQ_COLUMNS, bytes);
      }
      left += layer->stride_width;
      if (++column == layer->output_width) {
        column = 0;
        left = -layer->pad_left;
        top += layer->stride_height;
      }
    }
    const int32_t sets = (k + EDGEQ_COLUMNS - 1) / EDGEQ_COLUMNS;
    for (int32_t i = k; i < EDGEQ_COLUMNS * sets; ++i) {
      at[i] = (sets - 1) * EDGEQ_COLUMNS * channels;
    }
    edgeq_conv_2d_packed_outputs(p, scratch, pairs, sets, y, at);
    edgeq_clamp_outputs(&layer->stage, y, k * channels);
    y += k * channels;
  }
}

#endif
