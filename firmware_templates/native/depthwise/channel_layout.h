/* How depthwise convolutions are computed, one channel after the other.
 *
 * A channel's pixels are gathered into a buffer of `pitch` taps a line, padding included, as many
 * lines as `band` output lines need; lines that the next band needs as well move to the front.
 * Lines are the image's rows, or its columns where those are longer. All of an output line's input
 * lies in the buffer before the line is written, and a channel reads and writes its own bytes only:
 * the output may lie just where the input is.
 */
#ifndef EDGEQ_CHANNEL_LAYOUT_H
#define EDGEQ_CHANNEL_LAYOUT_H

#include "common/requantize.h"

/* Taps in a word of the buffer. */
#define EDGEQ_CHANNEL_WORD_TAPS (4 / EDGEQ_CHANNEL_TAP_BYTES)

typedef struct {
  edgeq_epilogue epilogue;
  const EDGEQ_FLASH int8_t *weights; /* [channels][filter_lines][filter_positions] */
  edgeq_extent channels, input_line_step, input_position_step, output_line_step,
      output_position_step;
  edgeq_small_extent batches, input_lines, input_positions, output_lines, output_positions;
  edgeq_small_extent filter_lines, filter_positions, line_stride, position_stride, lines_before,
      positions_before;
  edgeq_small_extent pitch, band;
  int8_t input_zero_point;
} edgeq_per_channel;

/* Bytes of an image. */
static inline int32_t edgeq_per_channel_input_bytes(const EDGEQ_FLASH edgeq_per_channel *p) {
  return (int32_t)p->input_lines * p->input_positions * p->channels;
}

static inline int32_t edgeq_per_channel_output_bytes(const EDGEQ_FLASH edgeq_per_channel *p) {
  return (int32_t)p->output_lines * p->output_positions * p->channels;
}

#endif
