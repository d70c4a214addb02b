#include "convolution/conv_2d_packed_im2col.h"

typedef edgeq_conv_2d_packed_im2col_s8_params edgeq_conv_2d_packed_im2col_rows_s8_params;

/* Some rows of a CONV_2D on int8 as conv_2d_packed_im2col.c computes it.
 * x: a line buffer [rows.lines][input_width, input_channels], -128 to 127
 * y: [rows.count, output_width, output_channels], activation_min to activation_max; a single row of
 *    no more channels by filters of 1x1 may begin where the row begins that it reads, else y shares
 *    nothing with x
 * scratch: as for conv_2d_packed_im2col.c
 */
EDGEQ_KERNEL void edgeq_conv_2d_packed_im2col_rows_s8(
    const EDGEQ_FLASH edgeq_conv_2d_packed_im2col_rows_s8_params *p, edgeq_rows rows,
    const int8_t *x, int8_t *y, void *scratch) {
  const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *const layer = &p->layer;
  const int32_t lowest = rows.first * layer->stride_height - layer->pad_top;
  const edgeq_lines lines =
      edgeq_lines_from(x, layer->input_width * layer->input_channels, rows.lines, lowest);
  edgeq_conv_2d_packed_rows(p, &lines, rows.first, rows.count, y, (int8_t *)scratch);
}
