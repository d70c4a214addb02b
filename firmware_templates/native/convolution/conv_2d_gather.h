/* The im2col of convolutions: windows of the input gathered into the columns of a tile. */
#ifndef EDGEQ_CONV_2D_GATHER_H
#define EDGEQ_CONV_2D_GATHER_H

#include "convolution/gemm_tile.h"
#include "common/requantize.h"
#include "common/rows.h"

/* Geometry and constants of a convolution for the inner loop of gemm_tile.h. */
typedef struct {
  edgeq_epilogue epilogue;
  /* [output_channels][tap_groups][4], zeros behind the last tap; in the loops without decoding as
   * EDGEQ_INTERLEAVED_FILTERS says, and constants for an even number of channels */
  const EDGEQ_FLASH int8_t *weights;
  edgeq_extent input_channels, output_channels;
  edgeq_extent tap_groups; /* taps of a filter / 4, rounded up */
  edgeq_small_extent batches, input_height, input_width, output_height, output_width;
  edgeq_small_extent filter_height, filter_width, stride_height, stride_width, dilation_height,
      dilation_width;
  edgeq_small_extent pad_top, pad_left;
  int8_t input_zero_point;
} edgeq_conv_2d_im2col_s8_params;

/* Which form the requantization epilogue has: the same for all layers of most models, which then
 * have no code for the other. */
#if defined(EDGEQ_CONV_2D_FORM)
#define EDGEQ_CONV_2D_SINGLE_MULTIPLY(p) (EDGEQ_CONV_2D_FORM)
#else
#define EDGEQ_CONV_2D_SINGLE_MULTIPLY(p) ((p)->epilogue.single_multiply)
#endif

/* Whether filters are joined, in the same way. */
#if defined(EDGEQ_CONV_2D_JOINED)
#define EDGEQ_FILTERS_JOINED(p) (EDGEQ_CONV_2D_JOINED)
#else
#define EDGEQ_FILTERS_JOINED(p) ((p)->epilogue.joined)
#endif

/* The part of a window that lies inside the image. */
typedef struct {
  int32_t above, rows, below;   /* rows of the filter outside, inside, and outside again */
  int32_t before, taps, behind; /* the same of a row's taps */
  int32_t top, left;            /* of the part inside */
} edgeq_conv_2d_clip;

/* How many of `size` taps, `dilation` apart from `start` on, lie before `limit`. Counted, as
 * divisions take long and, on Cortex-M0, code. */
EDGEQ_ONCE static int32_t edgeq_taps_before(int32_t start, int32_t size, int32_t dilation,
                                            int32_t limit) {
  int32_t count = limit - start;
  if (dilation == 1) {
    return count < 0 ? 0 : count < size ? count : size;
  }
  count = 0;
  EDGEQ_ROLLED
  for (; count < size && start < limit; start += dilation) {
    ++count;
    EDGEQ_AS_WRITTEN;
  }
  return count;
}

/* Of the window with its corner at (top, left). */
EDGEQ_NOINLINE static edgeq_conv_2d_clip edgeq_conv_2d_clipped(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, int32_t top, int32_t left) {
  const int32_t above = edgeq_taps_before(top, p->filter_height, p->dilation_height, 0);
  const int32_t before = edgeq_taps_before(left, p->filter_width, p->dilation_width, 0);
  const int32_t last_row =
      edgeq_taps_before(top, p->filter_height, p->dilation_height, p->input_height);
  const int32_t last = edgeq_taps_before(left, p->filter_width, p->dilation_width, p->input_width);
  const edgeq_conv_2d_clip clip = {
      above,
      last_row - above,
      p->filter_height - last_row,
      before,
      last - before,
      p->filter_width - last,
      top + above * p->dilation_height,
      left + before * p->dilation_width,
  };
  return clip;
}

EDGEQ_NOINLINE static edgeq_tap *edgeq_fill_padding(edgeq_tap *columns, int32_t which,
                                                    int32_t value, int32_t groups) {
  if (groups > 0) {
    edgeq_fill_groups_value(columns, which, value, groups);
  }
  return columns + EDGEQ_GROUP_TAPS * groups;
}

/* Lays the window with its corner at (top, left), wherever that is, out as column `which`; channels
 * come in whole groups of EDGEQ_WHOLE_TAPS. */
EDGEQ_NOINLINE static void edgeq_conv_2d_border(const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p,
                                                const edgeq_lines *lines, int32_t top, int32_t left,
                                                edgeq_tap *columns, int32_t which) {
  const edgeq_conv_2d_clip clip = edgeq_conv_2d_clipped(p, top, left);
  const int32_t groups = p->input_channels >> 2, padding = p->input_zero_point,
                width = p->filter_width * groups;
  const int32_t run = p->dilation_width == 1 ? clip.taps : 1;
  columns = edgeq_fill_padding(columns, which, padding, clip.above * width);
  for (int32_t i = clip.rows, row = clip.top; i > 0; --i, row += p->dilation_height) {
    const int8_t *x = edgeq_line(lines, row) + clip.left * 4 * groups;
    columns = edgeq_fill_padding(columns, which, padding, clip.before * groups);
    for (int32_t rest = clip.taps; rest > 0; rest -= run, x += p->dilation_width * 4 * groups) {
      edgeq_fill_groups(columns, which, x, run * groups);
      columns += EDGEQ_GROUP_TAPS * run * groups;
    }
    columns = edgeq_fill_padding(columns, which, padding, clip.behind * groups);
  }
  edgeq_fill_padding(columns, which, padding, clip.below * width);
}

/* Lays a window inside the image out as column `which`, each row of it in one piece. */
static inline void edgeq_conv_2d_inside(const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p,
                                        const edgeq_lines *lines, int32_t row, int32_t left,
                                        edgeq_tap *columns, int32_t which) {
  const int32_t groups = p->filter_width * p->input_channels >> 2;
  for (int32_t i = p->filter_height; i > 0;
       --i, row += p->dilation_height, columns += EDGEQ_GROUP_TAPS * groups) {
    edgeq_fill_groups(columns, which, edgeq_line(lines, row) + left * p->input_channels, groups);
  }
}

#include EDGEQ_COPY_BYTES

/* The taps of the window with its corner at (top, left), wherever that is, for any number of
 * channels. */
EDGEQ_NOINLINE static void edgeq_conv_2d_border_bytes(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_lines *lines, int32_t top,
    int32_t left, int8_t *to) {
  const edgeq_conv_2d_clip clip = edgeq_conv_2d_clipped(p, top, left);
  const int32_t channels = p->input_channels, width = p->filter_width * channels;
  const int32_t run = p->dilation_width == 1 ? clip.taps : 1;
  const int8_t padding = (int8_t)p->input_zero_point;
  to = edgeq_set_bytes(to, padding, clip.above * width);
  for (int32_t i = clip.rows, row = clip.top; i > 0; --i, row += p->dilation_height) {
    const int8_t *x = edgeq_line(lines, row) + clip.left * channels;
    to = edgeq_set_bytes(to, padding, clip.before * channels);
    for (int32_t rest = clip.taps; rest > 0; rest -= run, x += p->dilation_width * channels) {
      to = edgeq_copy_bytes(to, x, run * channels);
    }
    to = edgeq_set_bytes(to, padding, clip.behind * channels);
  }
  edgeq_set_bytes(to, padding, clip.below * width);
}

/* The taps of a window inside the image, each row of it in one piece. */
static inline void edgeq_conv_2d_inside_bytes(const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p,
                                              const edgeq_lines *lines, int32_t row, int32_t left,
                                              int8_t *to) {
  const int32_t width = p->filter_width * p->input_channels;
  for (int32_t i = p->filter_height; i > 0; --i, row += p->dilation_height) {
    to = edgeq_copy_bytes(to, edgeq_line(lines, row) + left * p->input_channels, width);
  }
}

/* The window with its corner at (top, left) as column `which`, by way of `bytes` unless channels
 * come in whole groups. What lies behind its last tap meets weights of zero. */
static inline void edgeq_conv_2d_column(const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p,
                                        const edgeq_lines *lines, int32_t top, int32_t left,
                                        edgeq_tap *columns, int32_t which, int8_t *bytes) {
  const int32_t inside = p->dilation_width == 1 && top >= 0 && left >= 0 &&
                         left + p->filter_width <= p->input_width &&
                         top + (p->filter_height - 1) * p->dilation_height < p->input_height;
  if (p->input_channels % EDGEQ_WHOLE_TAPS == 0) {
    if (inside) {
      edgeq_conv_2d_inside(p, lines, top, left, columns, which);
    } else {
      edgeq_conv_2d_border(p, lines, top, left, columns, which);
    }
    return;
  }
  if (inside) {
    edgeq_conv_2d_inside_bytes(p, lines, top, left, bytes);
  } else {
    edgeq_conv_2d_border_bytes(p, lines, top, left, bytes);
  }
  edgeq_fill_groups(columns, which, bytes, p->tap_groups);
}

#endif
