/* What depthwise convolutions share, one channel after the other: filling the buffer.
 *
 * Each twin of the inner loops has the types edgeq_channel_tap, of the buffer, and
 * edgeq_filter_tap, of expanded filters, and
 *
 *     edgeq_channel_tap_of       a tap as it lies in the buffer
 *     edgeq_gather_line          taps of a line into the buffer
 *     edgeq_expand_taps          a filter of any size; gives what is to be added to its sums
 *     edgeq_per_channel_sums     the sums of two windows by an expanded filter
 *     edgeq_begin_3x3, edgeq_channel_3x3, edgeq_run_3x3
 *                                an edgeq_lines_3x3: what all channels have in common, what one
 *                                adds,
 *                                its output lines
 */
#ifndef EDGEQ_PER_CHANNEL_H
#define EDGEQ_PER_CHANNEL_H

#include "depthwise/channel_layout.h"

#include EDGEQ_PER_CHANNEL

/* `lines` lines of nothing but padding. */
EDGEQ_NOINLINE static void edgeq_per_channel_pad(const EDGEQ_FLASH edgeq_per_channel *p,
                                                 edgeq_channel_tap *buffer, int32_t lines) {
  const edgeq_channel_tap padding = edgeq_channel_tap_of(p->input_zero_point);
  for (int32_t rest = lines * p->pitch; rest > 0; --rest) {
    *buffer++ = padding;
  }
}

/* `lines` lines of one channel from x on, between the padding of theirs. */
EDGEQ_NOINLINE static void edgeq_per_channel_gather(const EDGEQ_FLASH edgeq_per_channel *p,
                                                    const int8_t *x, edgeq_channel_tap *buffer,
                                                    int32_t lines) {
  const int32_t step = p->input_position_step, count = p->input_positions;
  const int32_t line_step = p->input_line_step, pitch = p->pitch;
  buffer += p->positions_before;
  EDGEQ_ROLLED
  for (; lines > 0; --lines, x += line_step, buffer += pitch) {
    edgeq_gather_line(buffer, x, step, count);
  }
}

/* The input of the `lines` output lines from `line` on, x being the channel's first byte. */
static inline void edgeq_per_channel_load(const EDGEQ_FLASH edgeq_per_channel *p, const int8_t *x,
                                          edgeq_channel_tap *buffer, int32_t line, int32_t lines) {
  const int32_t top = line * p->line_stride - p->lines_before, pitch = p->pitch;
  const int32_t wanted = (lines - 1) * p->line_stride + p->filter_lines;
  const int32_t overlap = p->filter_lines - p->line_stride,
                kept = line > 0 && overlap > 0 ? overlap : 0;
  const edgeq_channel_tap *old = buffer + p->band * p->line_stride * pitch;
  edgeq_channel_tap *to = buffer;
  for (edgeq_channel_tap *const end = buffer + kept * pitch; to != end;
       to += EDGEQ_CHANNEL_WORD_TAPS, old += EDGEQ_CHANNEL_WORD_TAPS) {
    EDGEQ_COPY_WORD(to, old);
  }
  const int32_t first = edgeq_clamp(-top, kept, wanted);
  const int32_t end = edgeq_clamp(p->input_lines - top, first, wanted);
  if (p->band < p->output_lines) {
    edgeq_per_channel_pad(p, to, first - kept);
    edgeq_per_channel_pad(p, buffer + end * pitch, wanted - end);
  }
  edgeq_per_channel_gather(p, x + (top + first) * p->input_line_step, buffer + first * pitch,
                           end - first);
}

#endif
