#include "depthwise/per_channel_lines.h"
#include "depthwise/per_channel_rows.h"

typedef edgeq_per_channel edgeq_depthwise_conv_2d_per_channel_rows_s8_params;

/* Some rows of a DEPTHWISE_CONV_2D on int8 by filters of any size as
 * depthwise_conv_2d_per_channel.c computes it, no more of them than `band`; lines are rows.
 * x: a line buffer [rows.lines][input_positions, channels], -128 to 127
 * y: [rows.count, output_positions, channels], activation_min to activation_max; a single row may
 *    begin where the first row begins that it reads, else y shares nothing with x
 * scratch: as there
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_per_channel_rows_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_per_channel_rows_s8_params *p, edgeq_rows rows,
    const int8_t *x, int8_t *y, void *scratch) {
  const int32_t buffered = (p->band - 1) * p->line_stride + p->filter_lines;
  edgeq_channel_tap *const buffer = (edgeq_channel_tap *)scratch;
  edgeq_filter_tap *const taps = (edgeq_filter_tap *)(void *)(buffer + buffered * p->pitch);
  const edgeq_channel_rows of = edgeq_channel_rows_of(p, rows, buffer);
  for (int32_t c = 0; c < p->channels; ++c) {
    const int32_t correction = edgeq_expand_taps(p, c, taps);
    edgeq_channel_rows_gather(p, of, x + c, buffer);
    edgeq_per_channel_lines(p, c, correction, taps, buffer, y + c, rows.count);
  }
  edgeq_clamp_outputs(&p->epilogue, y, rows.count * p->output_line_step);
}
