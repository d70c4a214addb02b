#include "depthwise/per_channel_lines.h"

typedef edgeq_per_channel edgeq_depthwise_conv_2d_per_channel_s8_params;

/* DEPTHWISE_CONV_2D on int8 by filters of any size and stride, without dilation.
 * x: [batches, input_height, input_width, channels], -128 to 127
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may lie
 *    just where x is
 * scratch: ((band - 1) * line_stride + filter_lines) * pitch taps of 2 bytes, then 8 bytes for each
 *    filter line and filter_positions / 2 + 1
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_per_channel_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_per_channel_s8_params *p, const int8_t *x, int8_t *y,
    void *scratch) {
  const int32_t buffered = (p->band - 1) * p->line_stride + p->filter_lines;
  edgeq_channel_tap *const buffer = (edgeq_channel_tap *)scratch;
  edgeq_filter_tap *const taps = (edgeq_filter_tap *)(void *)(buffer + buffered * p->pitch);
  edgeq_per_channel_pad(p, buffer, buffered);
  const int32_t output_bytes = edgeq_per_channel_output_bytes(p);
  for (int32_t n = 0; n < p->batches;
       ++n, x += edgeq_per_channel_input_bytes(p), y += output_bytes) {
    for (int32_t c = 0; c < p->channels; ++c) {
      const int32_t correction = edgeq_expand_taps(p, c, taps);
      for (int32_t line = 0; line < p->output_lines; line += p->band) {
        const int32_t rest = p->output_lines - line, lines = rest < p->band ? rest : p->band;
        edgeq_per_channel_load(p, x + c, buffer, line, lines);
        edgeq_per_channel_lines(p, c, correction, taps, buffer, y + c + line * p->output_line_step,
                                lines);
      }
    }
    edgeq_clamp_outputs(&p->epilogue, y, output_bytes);
  }
}
