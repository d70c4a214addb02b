#ifndef EDGEQ_CONV_2D_COLUMNS_H
#define EDGEQ_CONV_2D_COLUMNS_H

#include "columns.h"
#include "requantize.h"
#include "rows.h"

/* Geometry and constants of a convolution for the inner loop of columns.h. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width, output_channels;
  int32_t filter_height, filter_width;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  int32_t input_zero_point;
  int32_t tap_groups;                /* taps of a filter / 4, rounded up */
  const EDGEQ_FLASH int8_t *weights; /* [output_channels][tap_groups][4], zeros behind the last tap */
  edgeq_output_stage stage;
} edgeq_conv_2d_columns_s8_params;

/* Lays the window with its corner at (top, left) out as column `which`; channels come in whole groups of 4. */
EDGEQ_NOINLINE static void edgeq_conv_2d_column(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                                const edgeq_lines *lines, int32_t top, int32_t left,
                                                edgeq_tap *columns, int32_t which) {
  const int32_t groups = p->input_channels >> 2, whole = p->filter_width * groups;
  const int32_t inside = p->dilation_width == 1 && left >= 0 && left + p->filter_width <= p->input_width;
  const int32_t bottom = top + p->filter_height * p->dilation_height;
  for (int32_t row = top; row < bottom; row += p->dilation_height) {
    if (row < 0 || row >= p->input_height) {
      edgeq_fill_groups_value(columns, which, p->input_zero_point, whole);
      columns += EDGEQ_GROUP_TAPS * whole;
      continue;
    }
    const int8_t *const line = edgeq_line(lines, row);
    if (inside) {
      edgeq_fill_groups(columns, which, line + left * p->input_channels, whole);
      columns += EDGEQ_GROUP_TAPS * whole;
    } else {
      for (int32_t j = 0, column = left; j < p->filter_width; ++j, column += p->dilation_width) {
        if (column < 0 || column >= p->input_width) {
          edgeq_fill_groups_value(columns, which, p->input_zero_point, groups);
        } else {
          edgeq_fill_groups(columns, which, line + column * p->input_channels, groups);
        }
        columns += EDGEQ_GROUP_TAPS * groups;
      }
    }
  }
}

/* Short runs of bytes; each gives the place behind what it wrote. */
static inline int8_t *edgeq_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
  int8_t *const end = to + count;
  if (count & 1) {
    *to++ = *from++;
  }
  while (to != end) {
    const int8_t first = from[0], second = from[1];
    to[0] = first;
    to[1] = second;
    to += 2;
    from += 2;
    EDGEQ_AS_WRITTEN;
  }
  return to;
}

static inline int8_t *edgeq_set_bytes(int8_t *to, int8_t value, int32_t count) {
  for (; count > 0; --count) {
    *to++ = value;
    EDGEQ_AS_WRITTEN;
  }
  return to;
}

/* The same for any number of channels, by way of `bytes`, 4 * tap_groups of them. */
EDGEQ_NOINLINE static void edgeq_conv_2d_column_of_bytes(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                                         const edgeq_lines *lines, int32_t top, int32_t left,
                                                         edgeq_tap *columns, int32_t which, int8_t *bytes) {
  const int32_t channels = p->input_channels, width = p->filter_width * channels;
  const int32_t inside = p->dilation_width == 1 && left >= 0 && left + p->filter_width <= p->input_width;
  int8_t *to = bytes;
  for (int32_t i = 0, row = top; i < p->filter_height; ++i, row += p->dilation_height) {
    if (row < 0 || row >= p->input_height) {
      to = edgeq_set_bytes(to, (int8_t)p->input_zero_point, width);
      continue;
    }
    const int8_t *const line = edgeq_line(lines, row);
    if (inside) {
      to = edgeq_copy_bytes(to, line + left * channels, width);
    } else {
      for (int32_t j = 0, column = left; j < p->filter_width; ++j, column += p->dilation_width) {
        to = column < 0 || column >= p->input_width ? edgeq_set_bytes(to, (int8_t)p->input_zero_point, channels)
                                                    : edgeq_copy_bytes(to, line + column * channels, channels);
      }
    }
  }
  edgeq_set_bytes(to, 0, (int32_t)(bytes + 4 * p->tap_groups - to));
  edgeq_fill_groups(columns, which, bytes, p->tap_groups);
}

/* The outputs of four pixels from their columns. at: where each lies from y, 0 for a pixel that does not exist, which
 * the first one then overwrites. A filter left over at the end is computed as often as filters go together. */
EDGEQ_NOINLINE static void edgeq_conv_2d_one_sided(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                                   const edgeq_tap *columns, int8_t *y, const int32_t at[4]) {
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t shift = p->stage.shift, groups = p->tap_groups;
  const int32_t second = at[1], third = at[2], fourth = at[3];
  for (int32_t left = p->output_channels; left > 0; left -= EDGEQ_FILTERS) {
    const int32_t step = left >= EDGEQ_FILTERS;
    int32_t sums[4 * EDGEQ_FILTERS];
    edgeq_dot_4(weights, step * 4 * groups, columns, groups, sums);
    for (int32_t i = 0; i < EDGEQ_FILTERS; ++i, y += step, channel += 3 * step, weights += step * 4 * groups) {
      const int32_t bias = channel[0], multiplier = channel[1], offset = channel[2];
      y[fourth] = edgeq_one_sided(sums[4 * i + 3], bias, multiplier, offset, shift);
      y[third] = edgeq_one_sided(sums[4 * i + 2], bias, multiplier, offset, shift);
      y[second] = edgeq_one_sided(sums[4 * i + 1], bias, multiplier, offset, shift);
      *y = edgeq_one_sided(sums[4 * i], bias, multiplier, offset, shift);
    }
  }
}

/* The same in the two-sided form. */
EDGEQ_NOINLINE static void edgeq_conv_2d_two_sided(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                                   const edgeq_tap *columns, int8_t *y, const int32_t at[4]) {
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t groups = p->tap_groups;
  for (int32_t left = p->output_channels; left > 0; left -= EDGEQ_FILTERS) {
    const int32_t step = left >= EDGEQ_FILTERS;
    int32_t sums[4 * EDGEQ_FILTERS];
    edgeq_dot_4(weights, step * 4 * groups, columns, groups, sums);
    for (int32_t i = 0; i < EDGEQ_FILTERS; ++i, y += step, channel += 4 * step, weights += step * 4 * groups) {
      for (int32_t k = EDGEQ_COLUMNS - 1; k >= 0; --k) {
        y[at[k]] = edgeq_two_sided(sums[4 * i + k], channel);
      }
    }
  }
}

/* Rows of an output, four pixels at a time. columns: scratch of EDGEQ_GROUP_TAPS * tap_groups taps, and behind it
 * 4 * tap_groups bytes unless channels come in whole groups of 4. */
EDGEQ_NOINLINE static void edgeq_conv_2d_rows(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p,
                                              const edgeq_lines *lines, int32_t first, int32_t count, int8_t *y,
                                              edgeq_tap *columns) {
  int8_t *const bytes = (int8_t *)(columns + EDGEQ_GROUP_TAPS * p->tap_groups);
  int32_t top = first * p->stride_height - p->pad_top, left = -p->pad_left, column = 0;
  for (int32_t pixels = count * p->output_width; pixels > 0; pixels -= EDGEQ_COLUMNS) {
    int32_t at[EDGEQ_COLUMNS] = {0, 0, 0, 0}, k = 0;
    for (; k < EDGEQ_COLUMNS && k < pixels; ++k) {
      at[k] = k * p->output_channels;
      if ((p->input_channels & 3) == 0) {
        edgeq_conv_2d_column(p, lines, top, left, columns, k);
      } else {
        edgeq_conv_2d_column_of_bytes(p, lines, top, left, columns, k, bytes);
      }
      left += p->stride_width;
      if (++column == p->output_width) {
        column = 0;
        left = -p->pad_left;
        top += p->stride_height;
      }
    }
    if (p->stage.one_sided) {
      edgeq_conv_2d_one_sided(p, columns, y, at);
    } else {
      edgeq_conv_2d_two_sided(p, columns, y, at);
    }
    edgeq_clamp_outputs(&p->stage, y, k * p->output_channels);
    y += k * p->output_channels;
  }
}

#endif
