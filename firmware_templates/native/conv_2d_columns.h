#ifndef EDGEQ_CONV_2D_COLUMNS_H
#define EDGEQ_CONV_2D_COLUMNS_H

#include "conv_2d_gather.h"

#if defined(__ARM_FEATURE_MVE)
#include "conv_2d_columns_mve.h"
#else

/* The outputs of four pixels from their columns. at: where each lies from y, 0 for a pixel that does not exist, which
 * the first one then overwrites. A filter left over at the end is computed as often as filters go together. */
EDGEQ_NOINLINE static void edgeq_conv_2d_one_sided(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                                   const edgeq_tap *columns, int8_t *y, const int32_t at[4]) {
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  int32_t shift = p->stage.shift, groups = p->tap_groups;
  EDGEQ_ANY(shift);
  EDGEQ_ANY(groups);
  const int32_t second = at[1], third = at[2], fourth = at[3];
  for (int32_t left = p->output_channels; left > 0; left -= EDGEQ_FILTERS) {
    const int32_t step = left >= EDGEQ_FILTERS;
    int32_t sums[4 * EDGEQ_FILTERS];
    edgeq_dot_4(weights, step * 4 * groups, columns, groups, sums);
    for (int32_t i = 0; i < EDGEQ_FILTERS; ++i, y += step, channel += 3 * step, weights += step * 4 * groups) {
      const int32_t bias = channel[0], multiplier = channel[1], offset = channel[2];
      if (EDGEQ_UNROLLED) {
        y[fourth] = edgeq_one_sided(sums[4 * i + 3], bias, multiplier, offset, shift);
        y[third] = edgeq_one_sided(sums[4 * i + 2], bias, multiplier, offset, shift);
        y[second] = edgeq_one_sided(sums[4 * i + 1], bias, multiplier, offset, shift);
        *y = edgeq_one_sided(sums[4 * i], bias, multiplier, offset, shift);
      } else {
        EDGEQ_ROLLED
        for (int32_t k = EDGEQ_COLUMNS - 1; k >= 0; --k) {
          y[at[k]] = edgeq_one_sided(sums[4 * i + k], bias, multiplier, offset, shift);
        }
      }
    }
  }
}

/* The same in the two-sided form. */
EDGEQ_NOINLINE static void edgeq_conv_2d_two_sided(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                                   const edgeq_tap *columns, int8_t *y, const int32_t at[4]) {
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  int32_t groups = p->tap_groups;
  EDGEQ_ANY(groups);
  for (int32_t left = p->output_channels; left > 0; left -= EDGEQ_FILTERS) {
    const int32_t step = left >= EDGEQ_FILTERS;
    int32_t sums[4 * EDGEQ_FILTERS];
    edgeq_dot_4(weights, step * 4 * groups, columns, groups, sums);
    for (int32_t i = 0; i < EDGEQ_FILTERS; ++i, y += step, channel += 4 * step, weights += step * 4 * groups) {
      for (int32_t k = EDGEQ_COLUMNS - 1; k >= 0; --k) {
        y[at[k]] = edgeq_two_sided(sums[4 * i + k], channel[0], channel + 1, 1);
      }
    }
  }
}

#endif

/* Rows of an output, four pixels at a time. columns: scratch of EDGEQ_GROUP_TAPS * tap_groups taps, and behind it
 * 4 * tap_groups bytes unless channels come in whole groups of 4. */
EDGEQ_NOINLINE static void edgeq_conv_2d_rows(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                              const edgeq_lines *lines, int32_t first, int32_t count, int8_t *y,
                                              edgeq_tap *columns) {
  const int32_t pointwise = p->input_channels == 4 * p->tap_groups;
  const int32_t whole_groups = EDGEQ_WHOLE_TAPS / 4, laid = (p->tap_groups + whole_groups - 1) & -whole_groups;
  int8_t *const bytes = (int8_t *)(columns + EDGEQ_GROUP_TAPS * laid), *const start = y;
  int32_t top = first * p->stride_height - p->pad_top, left = -p->pad_left, column = 0;
  for (int32_t pixels = count * p->output_width; pixels > 0; pixels -= EDGEQ_COLUMNS) {
    int32_t at[EDGEQ_COLUMNS] = {0, 0, 0, 0}, k = 0;
    for (; k < EDGEQ_COLUMNS && k < pixels; ++k) {
      at[k] = k * p->output_channels;
      if (pointwise) {
        edgeq_fill_groups(columns, k, edgeq_line(lines, top) + left * p->input_channels, p->tap_groups);
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
    if (EDGEQ_CONV_2D_ONE_SIDED(p)) {
      edgeq_conv_2d_one_sided(p, columns, y, at);
    } else {
      edgeq_conv_2d_two_sided(p, columns, y, at);
    }
    y += k * p->output_channels;
  }
  edgeq_clamp_outputs(&p->stage, start, count * p->output_width * p->output_channels);
}

#endif
