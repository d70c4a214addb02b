#ifndef EDGEQ_PLANES_H
#define EDGEQ_PLANES_H

#include "requantize.h"

/* Depthwise convolutions, one channel after the other.
 *
 * A channel's plane is gathered into a buffer of `pitch` taps a line, padding included, as many lines as `band` output
 * lines need; lines that the next band needs as well move to the front. Lines are the image's rows, or its columns
 * where those are longer. All of an output line's input lies in the buffer before the line is written, and a channel
 * reads and writes its own bytes only: the output may lie just where the input is.
 */
typedef struct {
  edgeq_output_stage stage;
  const EDGEQ_FLASH int8_t *weights; /* [channels][filter_lines][filter_positions] */
  edgeq_extent channels, input_line_step, input_position_step, output_line_step, output_position_step;
  edgeq_small_extent batches, input_lines, input_positions, output_lines, output_positions;
  edgeq_small_extent filter_lines, filter_positions, line_stride, position_stride, lines_before, positions_before;
  edgeq_small_extent pitch, band;
  int8_t input_zero_point;
} edgeq_planes;

/* Bytes of an image. */
static inline int32_t edgeq_planes_input_bytes(const EDGEQ_FLASH edgeq_planes *p) {
  return (int32_t)p->input_lines * p->input_positions * p->channels;
}

static inline int32_t edgeq_planes_output_bytes(const EDGEQ_FLASH edgeq_planes *p) {
  return (int32_t)p->output_lines * p->output_positions * p->channels;
}

#if defined(__ARM_FEATURE_MVE)
#include "planes_mve.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && !defined(__ARM_BIG_ENDIAN)
#include "planes_dsp.h"
#else
#include "planes_portable.h"
#endif

/* `lines` lines of nothing but padding. */
EDGEQ_NOINLINE static void edgeq_planes_pad(const EDGEQ_FLASH edgeq_planes *p, edgeq_plane_tap *buffer, int32_t lines) {
  const edgeq_plane_tap padding = edgeq_plane_tap_of(p->input_zero_point);
  for (int32_t rest = lines * p->pitch; rest > 0; --rest) {
    *buffer++ = padding;
  }
}

/* `lines` lines of one channel from x on, between the padding of theirs. */
EDGEQ_NOINLINE static void edgeq_planes_gather(const EDGEQ_FLASH edgeq_planes *p, const int8_t *x,
                                               edgeq_plane_tap *buffer, int32_t lines) {
  const int32_t step = p->input_position_step, count = p->input_positions;
  const int32_t line_step = p->input_line_step, pitch = p->pitch;
  buffer += p->positions_before;
  EDGEQ_ROLLED
  for (; lines > 0; --lines, x += line_step, buffer += pitch) {
    edgeq_gather_line(buffer, x, step, count);
  }
}

/* The input of the `lines` output lines from `line` on, x being the channel's first byte. */
static inline void edgeq_planes_load(const EDGEQ_FLASH edgeq_planes *p, const int8_t *x, edgeq_plane_tap *buffer,
                                     int32_t line, int32_t lines) {
  const int32_t top = line * p->line_stride - p->lines_before, pitch = p->pitch;
  const int32_t wanted = (lines - 1) * p->line_stride + p->filter_lines;
  const int32_t overlap = p->filter_lines - p->line_stride, kept = line > 0 && overlap > 0 ? overlap : 0;
  const edgeq_plane_tap *old = buffer + p->band * p->line_stride * pitch;
  edgeq_plane_tap *to = buffer;
  for (edgeq_plane_tap *const end = buffer + kept * pitch; to != end; to += EDGEQ_PLANE_WORD, old += EDGEQ_PLANE_WORD) {
    EDGEQ_COPY_WORD(to, old);
  }
  const int32_t first = edgeq_clamp(-top, kept, wanted);
  const int32_t end = edgeq_clamp(p->input_lines - top, first, wanted);
  if (p->band < p->output_lines) {
    edgeq_planes_pad(p, to, first - kept);
    edgeq_planes_pad(p, buffer + end * pitch, wanted - end);
  }
  edgeq_planes_gather(p, x + (top + first) * p->input_line_step, buffer + first * pitch, end - first);
}

#endif
