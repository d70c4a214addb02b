#include "depthwise/per_channel.h"

typedef edgeq_per_channel edgeq_depthwise_conv_2d_3x3_s8_params;

/* DEPTHWISE_CONV_2D on int8 by filters of 3x3 that move by 1 or 2 along a line, in the
 * single-multiply form, shift <= 8.
 * x: [batches, input_height, input_width, channels], -128 to 127
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may lie
 *    just where x is
 * scratch: ((band - 1) * line_stride + 3) * pitch * 2 bytes
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_depthwise_conv_2d_3x3_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_3x3_s8_params *p, const int8_t *x, int8_t *y,
    void *scratch) {
  edgeq_channel_tap *const buffer = (edgeq_channel_tap *)scratch;
  edgeq_per_channel_pad(p, buffer, (p->band - 1) * p->line_stride + 3);
  edgeq_lines_3x3 run;
  edgeq_begin_3x3(&run, p);
  const int32_t output_bytes = edgeq_per_channel_output_bytes(p);
  for (int32_t n = 0; n < p->batches;
       ++n, x += edgeq_per_channel_input_bytes(p), y += output_bytes) {
    for (int32_t c = 0; c < p->channels; ++c) {
      edgeq_channel_3x3(&run, p, c);
      for (int32_t line = 0; line < p->output_lines; line += p->band) {
        const int32_t rest = p->output_lines - line, lines = rest < p->band ? rest : p->band;
        edgeq_per_channel_load(p, x + c, buffer, line, lines);
        edgeq_run_3x3(&run, buffer, y + c + line * p->output_line_step, lines);
      }
    }
    edgeq_clamp_outputs(&p->epilogue, y, output_bytes);
  }
}
