/* Convolutions by im2col and a tile of a matrix product: rows of an output. */
#ifndef EDGEQ_CONV_2D_IM2COL_H
#define EDGEQ_CONV_2D_IM2COL_H

#include "convolution/conv_2d_gather.h"

#include EDGEQ_GEMM_EPILOGUE

/* Rows of an output, a tile of pixels at a time. columns: scratch of EDGEQ_GROUP_TAPS * tap_groups
 * taps, and behind it 4 * tap_groups bytes unless channels come in whole groups of 4. */
EDGEQ_NOINLINE static void edgeq_conv_2d_rows(const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p,
                                              const edgeq_lines *lines, int32_t first,
                                              int32_t count, int8_t *y, edgeq_tap *columns) {
  const int32_t pointwise = p->input_channels == 4 * p->tap_groups;
  const int32_t whole_groups = EDGEQ_WHOLE_TAPS / 4,
                laid = (p->tap_groups + whole_groups - 1) & -whole_groups;
  int8_t *const bytes = (int8_t *)(columns + EDGEQ_GROUP_TAPS * laid), *const start = y;
  int32_t top = first * p->stride_height - p->pad_top, left = -p->pad_left, column = 0;
  for (int32_t pixels = count * p->output_width; pixels > 0; pixels -= EDGEQ_TILE_PIXELS) {
    int32_t at[EDGEQ_TILE_PIXELS] = {0}, k = 0;
    for (; k < EDGEQ_TILE_PIXELS && k < pixels; ++k) {
      at[k] = k * p->output_channels;
      if (pointwise) {
        edgeq_fill_groups(columns, k, edgeq_line(lines, top) + left * p->input_channels,
                          p->tap_groups);
      } else {
        edgeq_conv_2d_column(p, lines, top, left, columns, k, bytes);
      }
      left += p->stride_width;
      if (++column == p->output_width) {
        column = 0;
        left = -p->pad_left;
        top += p->stride_height;
      }
    }
    if (EDGEQ_CONV_2D_SINGLE_MULTIPLY(p)) {
      edgeq_conv_2d_single_multiply(p, columns, y, at);
    } else {
      edgeq_conv_2d_double_rounding(p, columns, y, at);
    }
    y += k * p->output_channels;
  }
  edgeq_clamp_outputs(&p->epilogue, start, count * p->output_width * p->output_channels);
}

#endif
