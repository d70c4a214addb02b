#include "depthwise/per_channel.h"
#include "common/rows.h"

typedef edgeq_per_channel edgeq_depthwise_conv_2d_3x3_rows_s8_params;

/* The padding on both sides of `lines` lines. */
static inline void edgeq_per_channel_pad_sides(const EDGEQ_FLASH edgeq_per_channel *p,
                                               edgeq_channel_tap *buffer, int32_t lines) {
  const edgeq_channel_tap padding = edgeq_channel_tap_of(p->input_zero_point);
  const int32_t before = p->positions_before, after = before + p->input_positions;
  for (; lines > 0; --lines) {
    for (int32_t i = 0; i < before; ++i) {
      buffer[i] = padding;
    }
    for (int32_t i = after; i < p->pitch; ++i) {
      buffer[i] = padding;
    }
    buffer += p->pitch;
  }
}

/* Some rows of a DEPTHWISE_CONV_2D on int8 by filters of 3x3 as depthwise_conv_2d_3x3.c computes
 * it, no more of them than `band`; lines are rows.
 * x: a line buffer [rows.lines][input_positions, channels], -128 to 127
 * y: [rows.count, output_positions, channels], activation_min to activation_max; shares nothing
 *    with x
 * scratch: ((band - 1) * line_stride + 3) * pitch * 2 bytes
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_depthwise_conv_2d_3x3_rows_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_3x3_rows_s8_params *p, edgeq_rows rows,
    const int8_t *x, int8_t *y, void *scratch) {
  edgeq_channel_tap *const buffer = (edgeq_channel_tap *)scratch;
  const int32_t top = rows.first * p->line_stride - p->lines_before, pitch = p->pitch;
  const int32_t wanted = (rows.count - 1) * p->line_stride + p->filter_lines;
  const int32_t first = edgeq_clamp(-top, 0, wanted),
                end = edgeq_clamp(p->input_lines - top, first, wanted);
  const int32_t line = edgeq_line_of(top + first, rows.lines);
  const int32_t split = edgeq_clamp(first + rows.lines - line, first, end);
  edgeq_per_channel_pad(p, buffer, first);
  edgeq_per_channel_pad_sides(p, buffer + first * pitch, end - first);
  edgeq_per_channel_pad(p, buffer + end * pitch, wanted - end);
  edgeq_lines_3x3 run;
  edgeq_begin_3x3(&run, p);
  for (int32_t c = 0; c < p->channels; ++c, ++x) {
    edgeq_channel_3x3(&run, p, c);
    edgeq_per_channel_gather(p, x + line * p->input_line_step, buffer + first * pitch,
                             split - first);
    edgeq_per_channel_gather(p, x, buffer + split * pitch, end - split);
    edgeq_run_3x3(&run, buffer, y + c, rows.count);
  }
  edgeq_clamp_outputs(&p->epilogue, y, rows.count * p->output_line_step);
}
