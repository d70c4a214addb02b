/* The outputs of a channel by a filter of any size. */
#ifndef EDGEQ_PER_CHANNEL_LINES_H
#define EDGEQ_PER_CHANNEL_LINES_H

#include "depthwise/per_channel.h"

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

#endif
