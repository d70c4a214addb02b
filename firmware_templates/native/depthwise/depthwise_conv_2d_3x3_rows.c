#include "depthwise/per_channel_rows.h"

typedef edgeq_per_channel edgeq_depthwise_conv_2d_3x3_rows_s8_params;

/* Some rows of a DEPTHWISE_CONV_2D on int8 by filters of 3x3 as depthwise_conv_2d_3x3.c computes
 * it, no more of them than `band`; lines are rows.
 * x: a line buffer [rows.lines][input_positions, channels], -128 to 127
 * y: [rows.count, output_positions, channels], activation_min to activation_max; a single row may
 *    begin where the first row begins that it reads, else y shares nothing with x
 * scratch: ((band - 1) * line_stride + 3) * pitch * 2 bytes
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_depthwise_conv_2d_3x3_rows_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_3x3_rows_s8_params *p, edgeq_rows rows,
    const int8_t *x, int8_t *y, void *scratch) {
  edgeq_channel_tap *const buffer = (edgeq_channel_tap *)scratch;
  const edgeq_channel_rows of = edgeq_channel_rows_of(p, rows, buffer);
  edgeq_lines_3x3 run;
  edgeq_begin_3x3(&run, p);
  for (int32_t c = 0; c < p->channels; ++c, ++x) {
    edgeq_channel_3x3(&run, p, c);
    edgeq_channel_rows_gather(p, of, x, buffer);
    edgeq_run_3x3(&run, buffer, y + c, rows.count);
  }
  edgeq_clamp_outputs(&p->epilogue, y, rows.count * p->output_line_step);
}
