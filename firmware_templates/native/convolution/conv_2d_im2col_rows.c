#include "convolution/conv_2d_im2col.h"

typedef edgeq_conv_2d_im2col_s8_params edgeq_conv_2d_im2col_rows_s8_params;

/* Some rows of a CONV_2D on int8, four pixels at a time.
 * x: a line buffer [rows.lines][input_width, input_channels], -128 to 127
 * y: [rows.count, output_width, output_channels], activation_min to activation_max; a single row of
 *    no more channels by filters of 1x1 may begin where the row begins that it reads, else y shares
 *    nothing with x
 * scratch: EDGEQ_GROUP_TAPS * tap_groups taps, then 4 * tap_groups bytes unless channels come in
 *    whole groups of 4
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_conv_2d_im2col_rows_s8(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_rows_s8_params *p, edgeq_rows rows, const int8_t *x,
    int8_t *y, void *scratch) {
  const int32_t lowest = rows.first * p->stride_height - p->pad_top;
  const edgeq_lines lines =
      edgeq_lines_from(x, p->input_width * p->input_channels, rows.lines, lowest);
  edgeq_conv_2d_rows(p, &lines, rows.first, rows.count, y, (edgeq_tap *)scratch);
}
