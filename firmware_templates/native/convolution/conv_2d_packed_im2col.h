/* Convolutions by im2col whose filters are decoded when they are needed: rows of an output. */
#ifndef EDGEQ_CONV_2D_PACKED_H
#define EDGEQ_CONV_2D_PACKED_H

#include "convolution/conv_2d_gather.h"
#include "weights/packed_pairs.h"

#define EDGEQ_MOST_TILES 4

/* A convolution for the inner loop of gemm_tile.h whose filters are decoded when they are needed:
 * each one for `tiles` tiles of four pixels, whose columns lie side by side. */
typedef struct {
  edgeq_conv_2d_im2col_s8_params layer; /* weights: NULL */
  edgeq_packed_weights packed;          /* a row for each filter */
  int32_t taps;                         /* of a filter */
  int32_t times_16;                     /* 1: int4 weights are decoded to 16 times their value */
  int32_t tiles, tile_bytes;            /* bytes of the columns of a tile */
} edgeq_conv_2d_packed_im2col_s8_params;

/* One filter to `to`, zeros behind its last tap; pairs: place for its table of pairs. */
static inline void edgeq_conv_2d_filter(const EDGEQ_FLASH edgeq_conv_2d_packed_im2col_s8_params *p,
                                        int32_t filter, int8_t *pairs, int8_t *to) {
  const EDGEQ_FLASH edgeq_packed_weights *const packed = &p->packed;
  if (p->times_16) {
    edgeq_decode_int4_times_16(edgeq_packed_row(packed, filter), to, packed->eights, 8);
  } else {
    if (packed->pairs_bytes > 0 && packed->sharing < packed->rows &&
        filter % packed->sharing == 0) {
      edgeq_pair_up(packed, filter, pairs);
    }
    edgeq_decode_paired_row(packed, filter, pairs, to);
  }
  EDGEQ_ROLLED
  for (int32_t i = p->taps; i < 4 * p->layer.tap_groups; ++i) {
    to[i] = 0;
  }
}

/* The outputs of a filter for four pixels. at: where each lies from y, that of the first one for a
 * pixel that does not exist, which is then overwritten. */
static inline void edgeq_conv_2d_packed_store(const EDGEQ_FLASH edgeq_epilogue *epilogue,
                                              const EDGEQ_FLASH int32_t *channel, int32_t down,
                                              const int32_t *sums, int8_t *y, const int32_t *at) {
  if (epilogue->single_multiply) {
    const int32_t bias = channel[0], multiplier = channel[1], offset = channel[2],
                  shift = epilogue->shift;
    for (int32_t k = EDGEQ_TILE_PIXELS - 1; k >= 4; --k) {
      y[at[k]] = edgeq_single_multiply(sums[k] >> down, bias, multiplier, offset, shift);
    }
    if (EDGEQ_TILE_PIXELS > 3) {
      y[at[3]] = edgeq_single_multiply(sums[3] >> down, bias, multiplier, offset, shift);
    }
    if (EDGEQ_TILE_PIXELS > 2) {
      y[at[2]] = edgeq_single_multiply(sums[2] >> down, bias, multiplier, offset, shift);
    }
    if (EDGEQ_TILE_PIXELS > 1) {
      y[at[1]] = edgeq_single_multiply(sums[1] >> down, bias, multiplier, offset, shift);
    }
    y[at[0]] = edgeq_single_multiply(sums[0] >> down, bias, multiplier, offset, shift);
  } else {
    for (int32_t k = EDGEQ_TILE_PIXELS - 1; k >= 0; --k) {
      y[at[k]] = edgeq_double_rounding(sums[k] >> down, channel[0], channel + 1, 1);
    }
  }
}

/* The outputs of `tiles` tiles of pixels from their columns; pairs: the table of pairs, if all
 * filters share it, and place behind it for EDGEQ_TILE_FILTERS filters. One left over at the end is
 * computed as often as filters go together. */
EDGEQ_NOINLINE static void edgeq_conv_2d_packed_outputs(
    const EDGEQ_FLASH edgeq_conv_2d_packed_im2col_s8_params *p, const int8_t *columns,
    int8_t *pairs, int32_t tiles, int8_t *y, const int32_t *at) {
  const EDGEQ_FLASH edgeq_epilogue *const epilogue = &p->layer.epilogue;
  const int32_t down = p->times_16 ? 4 : 0, constants = epilogue->single_multiply ? 3 : 4,
                groups = p->layer.tap_groups;
  const int32_t filter_bytes = 8 * p->packed.eights;
  int8_t *const filters = pairs + p->packed.pairs_bytes;
  for (int32_t f = 0; f < p->layer.output_channels; f += EDGEQ_TILE_FILTERS) {
    const int32_t rest = p->layer.output_channels - f,
                  count = rest < EDGEQ_TILE_FILTERS ? rest : EDGEQ_TILE_FILTERS;
    for (int32_t i = 0; i < count; ++i) {
      edgeq_conv_2d_filter(p, f + i, pairs, filters + i * filter_bytes);
    }
    for (int32_t s = 0; s < tiles; ++s) {
      const edgeq_tap *const tile = (const edgeq_tap *)(const void *)(columns + s * p->tile_bytes);
      int32_t sums[EDGEQ_TILE_PIXELS * EDGEQ_TILE_FILTERS];
      edgeq_gemm_tile(filters, (EDGEQ_TILE_FILTERS > 2 ? count > 1 : count - 1) * filter_bytes,
                      tile, groups, sums);
      for (int32_t i = 0; i < count; ++i) {
        edgeq_conv_2d_packed_store(epilogue, epilogue->constants + (f + i) * constants, down,
                                   sums + EDGEQ_TILE_PIXELS * i, y + f + i,
                                   at + EDGEQ_TILE_PIXELS * s);
      }
    }
  }
}

/* Rows of an output. scratch: `tiles` tiles of columns, a table of pairs, EDGEQ_TILE_FILTERS
 * filters, then the bytes of a window. */
EDGEQ_NOINLINE static void edgeq_conv_2d_packed_rows(
    const EDGEQ_FLASH edgeq_conv_2d_packed_im2col_s8_params *p, const edgeq_lines *lines,
    int32_t first, int32_t count, int8_t *y, int8_t *scratch) {
  const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *const layer = &p->layer;
  const int32_t channels = layer->output_channels, most = EDGEQ_TILE_PIXELS * p->tiles;
  const int32_t pointwise = layer->input_channels == 4 * layer->tap_groups;
  int8_t *const pairs = scratch + p->tiles * p->tile_bytes;
  int8_t *const bytes = pairs + p->packed.pairs_bytes + EDGEQ_TILE_FILTERS * 8 * p->packed.eights;
  int32_t top = first * layer->stride_height - layer->pad_top, left = -layer->pad_left, column = 0;
  if (p->packed.pairs_bytes > 0) {
    edgeq_pair_up(&p->packed, 0, pairs);
  }
  for (int32_t pixels = count * layer->output_width; pixels > 0; pixels -= most) {
    int32_t at[EDGEQ_TILE_PIXELS * EDGEQ_MOST_TILES], k = 0;
    for (; k < most && k < pixels; ++k) {
      edgeq_tap *const tile =
          (edgeq_tap *)(void *)(scratch + k / EDGEQ_TILE_PIXELS * p->tile_bytes);
      at[k] = k * channels;
      if (pointwise) {
        const int8_t *const pixel = edgeq_line(lines, top) + left * layer->input_channels;
        edgeq_fill_groups(tile, k % EDGEQ_TILE_PIXELS, pixel, layer->tap_groups);
      } else {
        edgeq_conv_2d_column(layer, lines, top, left, tile, k % EDGEQ_TILE_PIXELS, bytes);
      }
      left += layer->stride_width;
      if (++column == layer->output_width) {
        column = 0;
        left = -layer->pad_left;
        top += layer->stride_height;
      }
    }
    const int32_t tiles = (k + EDGEQ_TILE_PIXELS - 1) / EDGEQ_TILE_PIXELS;
    for (int32_t i = k; i < EDGEQ_TILE_PIXELS * tiles; ++i) {
      at[i] = (tiles - 1) * EDGEQ_TILE_PIXELS * channels;
    }
    edgeq_conv_2d_packed_outputs(p, scratch, pairs, tiles, y, at);
    edgeq_clamp_outputs(&layer->epilogue, y, k * channels);
    y += k * channels;
  }
}

#endif
