/* Depthwise convolutions per channel for cores with Helium: taps of 8 bits, and behind them a
 * band's lines once more, four at a time with their positions' taps side by side. A vector then
 * holds all taps of a 3x3 window, and of its neighbours below, to the right, and below that. */
#ifndef EDGEQ_HELIUM_PER_CHANNEL_H
#define EDGEQ_HELIUM_PER_CHANNEL_H

#include "arch/helium/requantize.h"
#include "depthwise/channel_layout.h"

typedef int8_t edgeq_channel_tap;

#define EDGEQ_GATHER_STEP 8192 /* 7 of them are an offset of 16 bits */

static inline edgeq_channel_tap edgeq_channel_tap_of(int32_t x) {
  return (edgeq_channel_tap)x;
}

/* `count` taps, `step` bytes apart in x. */
static inline void edgeq_gather_line(edgeq_channel_tap *to, const int8_t *x, int32_t step,
                                     int32_t count) {
  const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);
  if (step > EDGEQ_GATHER_STEP) {
    for (; count > 0; --count, x += step) {
      *to++ = *x;
    }
    return;
  }
  __asm__ volatile(
      "wlstp.16 lr, %[n], 2f\n\t"
      "1: vldrb.u16 q0, [%[x], %q[places]]\n\t"
      "add %[x], %[x], %[advance]\n\t"
      "vstrb.16 q0, [%[to]], #8\n\t"
      "letp lr, 1b\n\t"
      "2:"
      : [to] "+l"(to), [x] "+r"(x)
      : [n] "r"(count), [advance] "r"(8 * step), [places] "w"(places)
      : "lr", "q0", "memory");
}

typedef int8_t edgeq_filter_tap;

/* The taps of a channel's filter as they are; gives what is to be added to its sums. */
static inline int32_t edgeq_expand_taps(const EDGEQ_FLASH edgeq_per_channel *p, int32_t c,
                                        edgeq_filter_tap *to) {
  const int32_t count = p->filter_lines * p->filter_positions;
  memcpy(to, p->weights + c * count, (size_t)count);
  return 0;
}

/* The sums of the windows that start at the positions `at` and `next`. */
static inline void edgeq_per_channel_sums(const EDGEQ_FLASH edgeq_per_channel *p,
                                          const edgeq_channel_tap *rows, int32_t at, int32_t next,
                                          const edgeq_filter_tap *w, int32_t sums[2]) {
  int32_t a = 0, b = 0;
  for (int32_t i = p->filter_lines; i > 0; --i, rows += p->pitch, w += p->filter_positions) {
    const edgeq_filter_tap *taps = w;
    const edgeq_channel_tap *x = rows + at, *z = rows + next;
    __asm__(
        "dlstp.8 lr, %[n]\n\t"
        "1: vldrb.u8 q0, [%[w]], #16\n\t"
        "vldrb.u8 q1, [%[x]], #16\n\t"
        "vmladava.s8 %[a], q0, q1\n\t"
        "vldrb.u8 q1, [%[z]], #16\n\t"
        "vmladava.s8 %[b], q0, q1\n\t"
        "letp lr, 1b"
        : [w] "+r"(taps), [x] "+r"(x), [z] "+r"(z), [a] "+Te"(a), [b] "+Te"(b)
        : [n] "r"(p->filter_positions)
        : "lr", "q0", "q1", "memory");
  }
  sums[0] = a;
  sums[1] = b;
}

/* A 3x3 filter as the taps of the windows above: its own, below, to the right, and below that; and
 * its requantization epilogue. */
typedef struct {
  const EDGEQ_FLASH edgeq_per_channel *p;
  int8x16_t own, below, right, below_right;
  int32_t bias, multiplier, offset;
} edgeq_lines_3x3;

static inline void edgeq_begin_3x3(edgeq_lines_3x3 *run, const EDGEQ_FLASH edgeq_per_channel *p) {
  run->p = p;
}

static inline void edgeq_channel_3x3(edgeq_lines_3x3 *run, const EDGEQ_FLASH edgeq_per_channel *p,
                                     int32_t c) {
  static const EDGEQ_FLASH uint8_t order[20] = {0, 0, 0, 0, 0, 3, 6, 0, 1, 4,
                                                7, 0, 2, 5, 8, 0, 0, 0, 0, 0};
  const EDGEQ_FLASH int32_t *const epilogue = p->epilogue.constants + 3 * c;
  const EDGEQ_FLASH int8_t *const w = p->weights + 9 * c;
  run->own = vldrbq_gather_offset_z_s8(w, vldrbq_u8(order + 4), 0x0777);
  run->right = vldrbq_gather_offset_z_s8(w, vldrbq_u8(order), 0x7770);
  run->below = vreinterpretq_s8_s32(vshlq_n_s32(vreinterpretq_s32_s8(run->own), 8));
  run->below_right = vreinterpretq_s8_s32(vshlq_n_s32(vreinterpretq_s32_s8(run->right), 8));
  run->bias = epilogue[0];
  run->multiplier = epilogue[1];
  run->offset = epilogue[2];
}

/* Four lines from `rows` on, side by side: 16 positions in 9 instructions. */
static inline void edgeq_interleave_lines(int8_t *to, const edgeq_channel_tap *rows,
                                          int32_t pitch) {
  const edgeq_channel_tap *second = rows + pitch, *third = second + pitch, *fourth = third + pitch;
  __asm__ volatile(
      "dls lr, %[n]\n\t"
      "1: vldrb.u8 q0, [%[a]], #16\n\t"
      "vldrb.u8 q1, [%[b]], #16\n\t"
      "vldrb.u8 q2, [%[c]], #16\n\t"
      "vldrb.u8 q3, [%[d]], #16\n\t"
      "vst40.8 {q0, q1, q2, q3}, [%[to]]\n\t"
      "vst41.8 {q0, q1, q2, q3}, [%[to]]\n\t"
      "vst42.8 {q0, q1, q2, q3}, [%[to]]\n\t"
      "vst43.8 {q0, q1, q2, q3}, [%[to]]!\n\t"
      "le lr, 1b"
      : [to] "+r"(to), [a] "+r"(rows), [b] "+r"(second), [c] "+r"(third), [d] "+r"(fourth)
      : [n] "r"((pitch + 15) >> 4)
      : "lr", "q0", "q1", "q2", "q3", "memory");
}

/* The sums a to d as outputs of the single-multiply form. */
#define EDGEQ_FINISH_SUMS                \
  "vmov q0[2], q0[0], %[a], %[c]\n\t"    \
  "vmov q0[3], q0[1], %[b], %[d]\n\t"    \
  "vadd.i32 q0, q0, %q[bias]\n\t"        \
  "vmulh.s32 q0, q0, %q[multiplier]\n\t" \
  "vadd.i32 q0, q0, %[offset]\n\t"       \
  "vshl.s32 q0, %[shift]\n\t"            \
  "vqmovnb.s32 q0, q0\n\t"               \
  "vqmovnb.s16 q0, q0\n\t"
#define EDGEQ_EPILOGUE_OPERANDS                                                       \
  [multiplier] "w"(vdupq_n_s32(run->multiplier)), [bias] "w"(vdupq_n_s32(run->bias)), \
      [offset] "r"(run->offset), [shift] "r"(shift), [advance] "r"(advance), [places] "w"(places)

/* Two outputs of one line and the two below, `times` times: 4 outputs in 16 instructions. */
static inline void edgeq_squares(const edgeq_lines_3x3 *run, const int8_t *v, int8_t *y,
                                 int32_t times, int32_t shift, int32_t advance, uint32x4_t places) {
  int32_t a, b, c, d;
  __asm__ volatile(
      "wls lr, %[times], 2f\n\t"
      "1: vldrb.u8 q0, [%[v]], #8\n\t"
      "vmladav.s8 %[a], q0, %q[own]\n\t"
      "vmladav.s8 %[b], q0, %q[below]\n\t"
      "vmladav.s8 %[c], q0, %q[right]\n\t"
      "vmladav.s8 %[d], q0, %q[below_right]\n\t" EDGEQ_FINISH_SUMS
      "vstrb.32 q0, [%[y], %q[places]]\n\t"
      "add %[y], %[y], %[advance]\n\t"
      "le lr, 1b\n\t"
      "2:"
      : [v] "+r"(v), [y] "+r"(y), [times] "+r"(times), [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c),
        [d] "=&Te"(d)
      : [own] "w"(run->own), [below] "w"(run->below), [right] "w"(run->right),
        [below_right] "w"(run->below_right), EDGEQ_EPILOGUE_OPERANDS
      : "lr", "q0", "memory");
}

/* `count` outputs of one line, from windows `step` bytes apart: 4 in 22 instructions. */
#define EDGEQ_OUTPUTS_OF_LINE(step)                                                               \
  __asm__ volatile("1: vldrb.u8 q0, [%[v]], #" step                                               \
                   "\n\t"                                                                         \
                   "vmladav.s8 %[a], q0, %q[own]\n\t"                                             \
                   "vldrb.u8 q0, [%[v]], #" step                                                  \
                   "\n\t"                                                                         \
                   "vmladav.s8 %[b], q0, %q[own]\n\t"                                             \
                   "vldrb.u8 q0, [%[v]], #" step                                                  \
                   "\n\t"                                                                         \
                   "vmladav.s8 %[c], q0, %q[own]\n\t"                                             \
                   "vldrb.u8 q0, [%[v]], #" step                                                  \
                   "\n\t"                                                                         \
                   "vmladav.s8 %[d], q0, %q[own]\n\t" EDGEQ_FINISH_SUMS                           \
                   "vctp.32 %[count]\n\t"                                                         \
                   "vpst\n\t"                                                                     \
                   "vstrbt.32 q0, [%[y], %q[places]]\n\t"                                         \
                   "add %[y], %[y], %[advance]\n\t"                                               \
                   "subs %[count], %[count], #4\n\t"                                              \
                   "bgt 1b"                                                                       \
                   : [v] "+r"(v), [y] "+r"(y), [count] "+r"(count), [a] "=&Te"(a), [b] "=&Te"(b), \
                     [c] "=&Te"(c), [d] "=&Te"(d)                                                 \
                   : [own] "w"(run->own), EDGEQ_EPILOGUE_OPERANDS                                 \
                   : "cc", "q0", "memory")

/* One output line from its input at `v`. */
static inline void edgeq_one_line(const edgeq_lines_3x3 *run, const int8_t *v, int8_t *y) {
  const int32_t step = run->p->output_position_step, advance = 4 * step,
                shift = -run->p->epilogue.shift;
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
  int32_t count = run->p->output_positions, a, b, c, d;
  if (run->p->position_stride == 1) {
    EDGEQ_OUTPUTS_OF_LINE("4");
  } else {
    EDGEQ_OUTPUTS_OF_LINE("8");
  }
}

/* Two output lines, the second of which is one line further down in the input; an odd output at
 * their end is computed with the one before again. */
static inline void edgeq_two_lines(const edgeq_lines_3x3 *run, const int8_t *v, int8_t *y) {
  const int32_t count = run->p->output_positions, step = run->p->output_position_step,
                shift = -run->p->epilogue.shift;
  const uint32_t below = (uint32_t)run->p->output_line_step, right = (uint32_t)step;
  const uint32x4_t places = {0, below, right, below + right};
  edgeq_squares(run, v, y, count >> 1, shift, 2 * step, places);
  if (count & 1) {
    edgeq_squares(run, v + 4 * (count - 2), y + step * (count - 2), 1, shift, 0, places);
  }
}

/* `lines` output lines from the input lines at `rows`, the buffer's first. */
__attribute__((unused)) EDGEQ_NOINLINE static void edgeq_run_3x3(const edgeq_lines_3x3 *run,
                                                                 edgeq_channel_tap *rows, int8_t *y,
                                                                 int32_t lines) {
  const EDGEQ_FLASH edgeq_per_channel *const p = run->p;
  const int32_t pitch = p->pitch, step = p->line_stride * pitch;
  const int32_t squares = p->line_stride == 1 && p->position_stride == 1 && p->output_positions > 1;
  int8_t *const v = rows + ((p->band - 1) * p->line_stride + 3) * pitch;
  for (; squares && lines > 1; lines -= 2, rows += 2 * step, y += 2 * p->output_line_step) {
    edgeq_interleave_lines(v, rows, pitch);
    edgeq_two_lines(run, v, y);
  }
  for (; lines > 0; --lines, rows += step, y += p->output_line_step) {
    edgeq_interleave_lines(v, rows, pitch);
    edgeq_one_line(run, v, y);
  }
}

#endif
