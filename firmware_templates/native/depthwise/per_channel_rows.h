/* Rows of a channel from a line buffer into the buffer of its lines; lines are rows. */
#ifndef EDGEQ_PER_CHANNEL_ROWS_H
#define EDGEQ_PER_CHANNEL_ROWS_H

#include "depthwise/per_channel.h"
#include "common/rows.h"

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

/* What some output rows read: `before` rows from byte `line` of the line buffer on, whose taps
 * begin at tap `first` of the buffer, and then `after` rows from its start, at tap `split`. */
typedef struct {
  int32_t line, first, before, split, after;
} edgeq_channel_rows;

/* What `rows` read; the padding around it is written. */
static inline edgeq_channel_rows edgeq_channel_rows_of(const EDGEQ_FLASH edgeq_per_channel *p,
                                                       edgeq_rows rows,
                                                       edgeq_channel_tap *buffer) {
  const int32_t top = rows.first * p->line_stride - p->lines_before, pitch = p->pitch;
  const int32_t wanted = (rows.count - 1) * p->line_stride + p->filter_lines;
  const int32_t first = edgeq_clamp(-top, 0, wanted),
                end = edgeq_clamp(p->input_lines - top, first, wanted);
  const int32_t line = edgeq_line_of(top + first, rows.lines);
  const int32_t split = edgeq_clamp(first + rows.lines - line, first, end);
  edgeq_per_channel_pad(p, buffer, first);
  edgeq_per_channel_pad_sides(p, buffer + first * pitch, end - first);
  edgeq_per_channel_pad(p, buffer + end * pitch, wanted - end);
  const edgeq_channel_rows of = {line * p->input_line_step, first * pitch, split - first,
                                 split * pitch, end - split};
  return of;
}

/* A channel's taps from the line buffer x, its first byte. */
static inline void edgeq_channel_rows_gather(const EDGEQ_FLASH edgeq_per_channel *p,
                                             edgeq_channel_rows of, const int8_t *x,
                                             edgeq_channel_tap *buffer) {
  edgeq_per_channel_gather(p, x + of.line, buffer + of.first, of.before);
  edgeq_per_channel_gather(p, x, buffer + of.split, of.after);
}

#endif
