#include "depthwise/per_channel.h"

typedef edgeq_per_channel edgeq_depthwise_conv_2d_per_channel_s8_params;

/* A channel's outputs, two at a time. correction: what the taps' form adds to each sum; taps: of
 * edgeq_expand_taps */
EDGEQ_NOINLINE static void edgeq_per_channel_lines(const EDGEQ_FLASH edgeq_per_channel *p,
                                                   int32_t channel, int32_t correction,
                                                   const edgeq_filter_tap *taps,
                                                   const edgeq_channel_tap *rows, int8_t *y,
                                                   int32_t lines) {
  const EDGEQ_FLASH int32_t *const epilogue =
      p->epilogue.constants + channel * (p->epilogue.single_multiply ? 3 : 4);
  for (; lines > 0; --lines, rows += p->line_stride * p->pitch, y += p->output_line_step) {
    int8_t *to = y;
    int32_t at = 0;
    for (int32_t rest = p->output_positions; rest > 0; rest -= 2, at += 2 * p->position_stride) {
      const int32_t two = rest > 1, step = two * p->output_position_step;
      int32_t sums[2];
      edgeq_per_channel_sums(p, rows, at, at + two * p->position_stride, taps, sums);
      if (p->epilogue.single_multiply) {
        const int32_t bias = epilogue[0] + correction;
        to[step] =
            edgeq_single_multiply(sums[1], bias, epilogue[1], epilogue[2], p->epilogue.shift);
        to[0] = edgeq_single_multiply(sums[0], bias, epilogue[1], epilogue[2], p->epilogue.shift);
      } else {
        to[step] = edgeq_double_rounding(sums[1] + correction, epilogue[0], epilogue + 1, 1);
        to[0] = edgeq_double_rounding(sums[0] + correction, epilogue[0], epilogue + 1, 1);
      }
      to += 2 * step;
    }
  }
}

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
