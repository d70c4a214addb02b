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

/* What some output rows read: lines `first` to `end - 1` of the buffer hold rows of the input, the
 * others padding; in the line buffer the rows before `split` begin at `line`, later ones at its
 * start. */
typedef struct {
  int32_t first, split, end, line;
} edgeq_channel_rows;

/* The lines for `rows`, whose padding is written. */
static inline edgeq_channel_rows edgeq_channel_rows_of(const EDGEQ_FLASH edgeq_per_channel *p,
                                                       const edgeq_rows *rows,
                                                       edgeq_channel_tap *buffer) {
  edgeq_channel_rows of;
  const int32_t top = rows->first * p->line_stride - p->lines_before, pitch = p->pitch;
  const int32_t wanted = (rows->count - 1) * p->line_stride + p->filter_lines;
  of.first = edgeq_clamp(-top, 0, wanted);
  of.end = edgeq_clamp(p->input_lines - top, of.first, wanted);
  of.line = edgeq_line_of(top + of.first, rows->lines);
  of.split = edgeq_clamp(of.first + rows->lines - of.line, of.first, of.end);
  edgeq_per_channel_pad(p, buffer, of.first);
  edgeq_per_channel_pad_sides(p, buffer + of.first * pitch, of.end - of.first);
  edgeq_per_channel_pad(p, buffer + of.end * pitch, wanted - of.end);
  return of;
}

/* A channel's taps from the line buffer x, its first byte. */
static inline void edgeq_channel_rows_gather(const EDGEQ_FLASH edgeq_per_channel *p,
                                             const edgeq_channel_rows *of, const int8_t *x,
                                             edgeq_channel_tap *buffer) {
  edgeq_per_channel_gather(p, x + of->line * p->input_line_step, buffer + of->first * p->pitch,
                           of->split - of->first);
  edgeq_per_channel_gather(p, x, buffer + of->split * p->pitch, of->end - of->split);
}

#endif
