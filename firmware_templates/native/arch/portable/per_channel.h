/* Depthwise convolutions per channel in C: taps of 8 bits, which may be raised by 128 to be
 * unsigned. */
#ifndef EDGEQ_PORTABLE_PER_CHANNEL_H
#define EDGEQ_PORTABLE_PER_CHANNEL_H

#include "depthwise/channel_layout.h"

#if EDGEQ_CHANNEL_TAP_OFFSET
typedef uint8_t edgeq_channel_tap;
#else
typedef int8_t edgeq_channel_tap;
#endif

static inline edgeq_channel_tap edgeq_channel_tap_of(int32_t x) {
  return (edgeq_channel_tap)(x + EDGEQ_CHANNEL_TAP_OFFSET);
}

/* `count` taps, `step` bytes apart in x. */
static inline void edgeq_gather_line(edgeq_channel_tap *to, const int8_t *x, int32_t step,
                                     int32_t count) {
  EDGEQ_ROLLED
  for (; EDGEQ_UNROLLED && count >= 4; count -= 4, to += 4) {
    to[0] = edgeq_channel_tap_of(*x);
    to[1] = edgeq_channel_tap_of(*(x += step));
    to[2] = edgeq_channel_tap_of(*(x += step));
    to[3] = edgeq_channel_tap_of(*(x += step));
    x += step;
  }
  EDGEQ_ROLLED
  for (; count > 0; --count, x += step) {
    *to++ = edgeq_channel_tap_of(*x);
  }
}

typedef int8_t edgeq_filter_tap;

/* The taps of a channel's filter; gives what is to be added to its sums for the raised taps of the
 * channel. */
static inline int32_t edgeq_expand_taps(const EDGEQ_FLASH edgeq_per_channel *p, int32_t c,
                                        edgeq_filter_tap *to) {
  const int32_t count = p->filter_lines * p->filter_positions;
  const EDGEQ_FLASH int8_t *const w = p->weights + c * count;
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    to[i] = w[i];
    sum += w[i];
  }
  return -EDGEQ_CHANNEL_TAP_OFFSET * sum;
}

/* The sums of the windows that start at the positions `at` and `next`. */
static inline void edgeq_per_channel_sums(const EDGEQ_FLASH edgeq_per_channel *p,
                                          const edgeq_channel_tap *rows, int32_t at, int32_t next,
                                          const edgeq_filter_tap *w, int32_t sums[2]) {
  const int32_t positions = p->filter_positions, gap = p->pitch - positions;
  const edgeq_filter_tap *const last = w + p->filter_lines * positions;
  const edgeq_channel_tap *x = rows + at, *z = rows + next;
  int32_t a = 0, b = 0;
  for (; w != last; x += gap, z += gap) {
    int32_t rest = positions;
    EDGEQ_ROLLED
    for (; rest >= 2; rest -= 2, w += 2, x += 2, z += 2) {
      const int32_t w0 = w[0], w1 = w[1];
      a += w0 * x[0] + w1 * x[1];
      b += w0 * z[0] + w1 * z[1];
      EDGEQ_IN_ORDER(x, z, w);
    }
    if (rest) {
      const int32_t w0 = *w++;
      a += w0 * *x++;
      b += w0 * *z++;
    }
  }
  sums[0] = a;
  sums[1] = b;
}

/* A 3x3 filter and its requantization epilogue; the bias makes up for the raised taps. */
typedef struct {
  const EDGEQ_FLASH edgeq_per_channel *p;
  int32_t taps[9];
  int32_t bias, multiplier, offset;
} edgeq_lines_3x3;

static inline void edgeq_begin_3x3(edgeq_lines_3x3 *run, const EDGEQ_FLASH edgeq_per_channel *p) {
  run->p = p;
}

EDGEQ_ONCE static void edgeq_channel_3x3(edgeq_lines_3x3 *run,
                                         const EDGEQ_FLASH edgeq_per_channel *p, int32_t c) {
  const EDGEQ_FLASH int32_t *const epilogue = p->epilogue.constants + 3 * c;
  const EDGEQ_FLASH int8_t *const w = p->weights + 9 * c;
  int32_t sum = 0;
  for (int32_t i = 0; i < 9; ++i) {
    run->taps[i] = w[i];
    sum += w[i];
  }
  run->bias = epilogue[0] - EDGEQ_CHANNEL_TAP_OFFSET * sum;
  run->multiplier = epilogue[1];
  run->offset = epilogue[2];
}

/* Output lines, two outputs at a time; stride is constant where this is called. Nothing that is
 * read lies where y might be, so that all may stay in registers. */
EDGEQ_INLINE static void edgeq_lines_by(const edgeq_lines_3x3 *run, const edgeq_channel_tap *rows,
                                        int8_t *y, int32_t lines, int32_t stride) {
  const EDGEQ_FLASH edgeq_per_channel *const p = run->p;
  const int32_t *const w = run->taps;
  const int32_t bias = run->bias, multiplier = run->multiplier, offset = run->offset, s = stride;
  int32_t shift = p->epilogue.shift, step = p->output_position_step, pitch = p->pitch,
          count = p->output_positions;
  EDGEQ_ANY(shift);
  EDGEQ_ANY(step);
  EDGEQ_ANY(pitch);
  EDGEQ_ANY(count);
  const int32_t line_step = p->output_line_step, advance = p->line_stride * pitch;
  for (; lines > 0; --lines, rows += advance, y += line_step) {
    const edgeq_channel_tap *x = rows;
    int8_t *to = y;
    for (int32_t rest = count; rest > 0; rest -= 2) {
      int32_t a = bias + w[0] * x[0] + w[1] * x[1] + w[2] * x[2];
      int32_t b = bias + w[0] * x[s] + w[1] * x[s + 1] + w[2] * x[s + 2];
      x += pitch;
      EDGEQ_IN_ORDER(a, b, x);
      a += w[3] * x[0] + w[4] * x[1] + w[5] * x[2];
      b += w[3] * x[s] + w[4] * x[s + 1] + w[5] * x[s + 2];
      x += pitch;
      EDGEQ_IN_ORDER(a, b, x);
      a += w[6] * x[0] + w[7] * x[1] + w[8] * x[2];
      b += w[6] * x[s] + w[7] * x[s + 1] + w[8] * x[s + 2];
      x += 2 * s - 2 * pitch;
      EDGEQ_IN_ORDER(a, b, x);
      const int32_t second = rest > 1 ? step : 0;
      to[second] = edgeq_single_multiply(b, 0, multiplier, offset, shift);
      to[0] = edgeq_single_multiply(a, 0, multiplier, offset, shift);
      to += 2 * step;
    }
  }
}

EDGEQ_NOINLINE static void edgeq_lines_by_1(const edgeq_lines_3x3 *run,
                                            const edgeq_channel_tap *rows, int8_t *y,
                                            int32_t lines) {
  edgeq_lines_by(run, rows, y, lines, 1);
}

EDGEQ_NOINLINE static void edgeq_lines_by_2(const edgeq_lines_3x3 *run,
                                            const edgeq_channel_tap *rows, int8_t *y,
                                            int32_t lines) {
  edgeq_lines_by(run, rows, y, lines, 2);
}

/* Output lines one output at a time, by any stride: the smallest code. */
EDGEQ_ONCE static void edgeq_lines_singly(const edgeq_lines_3x3 *run, const edgeq_channel_tap *rows,
                                          int8_t *y, int32_t lines) {
  const EDGEQ_FLASH edgeq_per_channel *const p = run->p;
  const int32_t *const w = run->taps;
  const int32_t pitch = p->pitch;
  for (; lines > 0; --lines, rows += p->line_stride * pitch, y += p->output_line_step) {
    const edgeq_channel_tap *x = rows;
    int8_t *to = y;
    for (int32_t rest = p->output_positions; rest > 0; --rest) {
      int32_t sum = run->bias + w[0] * x[0] + w[1] * x[1] + w[2] * x[2];
      x += pitch;
      EDGEQ_IN_ORDER(sum, x, to);
      sum += w[3] * x[0] + w[4] * x[1] + w[5] * x[2];
      x += pitch;
      EDGEQ_IN_ORDER(sum, x, to);
      sum += w[6] * x[0] + w[7] * x[1] + w[8] * x[2];
      *to = edgeq_single_multiply(sum, 0, run->multiplier, run->offset, p->epilogue.shift);
      x += p->position_stride - 2 * pitch;
      to += p->output_position_step;
    }
  }
}

/* `lines` output lines from the input lines at `rows`. */
static inline void edgeq_run_3x3(const edgeq_lines_3x3 *run, const edgeq_channel_tap *rows,
                                 int8_t *y, int32_t lines) {
  if (EDGEQ_UNROLLED && run->p->position_stride == 1) {
    edgeq_lines_by_1(run, rows, y, lines);
  } else if (EDGEQ_UNROLLED) {
    edgeq_lines_by_2(run, rows, y, lines);
  } else {
    edgeq_lines_singly(run, rows, y, lines);
  }
}

#endif
