/* Planes for cores with Helium: taps of 8 bits, and behind them a band's lines once more, four at a time with their
 * positions' taps side by side. A vector then holds all taps of a 3x3 window, and of its neighbours below, to the
 * right, and below that. */
#include "requantize_mve.h"

typedef int8_t edgeq_plane_tap;

#define EDGEQ_PLANE_WORD 4 /* taps */
#define EDGEQ_GATHER_STEP 8192 /* 7 of them are an offset of 16 bits */

static inline edgeq_plane_tap edgeq_plane_tap_of(int32_t x) {
  return (edgeq_plane_tap)x;
}

/* `count` taps, `step` bytes apart in x. */
static inline void edgeq_gather_line(edgeq_plane_tap *to, const int8_t *x, int32_t step, int32_t count) {
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
static inline int32_t edgeq_expand_taps(const EDGEQ_FLASH edgeq_planes *p, int32_t c, edgeq_filter_tap *to) {
  const int32_t count = p->filter_lines * p->filter_positions;
  memcpy(to, p->weights + c * count, (size_t)count);
  return 0;
}

/* The sums of the windows that start at the positions `at` and `next`. */
static inline void edgeq_planes_sums(const EDGEQ_FLASH edgeq_planes *p, const edgeq_plane_tap *rows, int32_t at,
                                     int32_t next, const edgeq_filter_tap *w, int32_t sums[2]) {
  int32_t a = 0, b = 0;
  for (int32_t i = p->filter_lines; i > 0; --i, rows += p->pitch, w += p->filter_positions) {
    const edgeq_filter_tap *taps = w;
    const edgeq_plane_tap *x = rows + at, *z = rows + next;
    __asm__("dlstp.8 lr, %[n]\n\t"
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

/* A 3x3 filter as the taps of the windows above: its own, below, to the right, and below that; and its output stage. */
typedef struct {
  const EDGEQ_FLASH edgeq_planes *p;
  int8x16_t own, below, right, below_right;
  int32_t bias, multiplier, offset;
} edgeq_lines_3x3;

static inline void edgeq_begin_3x3(edgeq_lines_3x3 *run, const EDGEQ_FLASH edgeq_planes *p) {
  run->p = p;
}

static inline void edgeq_channel_3x3(edgeq_lines_3x3 *run, const EDGEQ_FLASH edgeq_planes *p, int32_t c) {
  const EDGEQ_FLASH int32_t *const stage = p->stage.constants + 3 * c;
  const EDGEQ_FLASH int8_t *const w = p->weights + 9 * c;
  int8_t taps[20] = {0, 0, 0, 0, w[0], w[3], w[6], 0, w[1], w[4], w[7], 0, w[2], w[5], w[8], 0, 0, 0, 0, 0};
  run->own = vldrbq_s8(taps + 4);
  run->right = vldrbq_s8(taps);
  run->below = vreinterpretq_s8_s32(vshlq_n_s32(vreinterpretq_s32_s8(run->own), 8));
  run->below_right = vreinterpretq_s8_s32(vshlq_n_s32(vreinterpretq_s32_s8(run->right), 8));
  run->bias = stage[0];
  run->multiplier = stage[1];
  run->offset = stage[2];
}

/* Four lines from `rows` on, side by side: 16 positions in 9 instructions. */
static inline void edgeq_interleave_lines(int8_t *to, const edgeq_plane_tap *rows, int32_t pitch) {
  const edgeq_plane_tap *second = rows + pitch, *third = second + pitch, *fourth = third + pitch;
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

/* The sums a to d as outputs of the one-sided form. */
#define EDGEQ_FINISH_SUMS                \
  "vmov q0[2], q0[0], %[a], %[c]\n\t"    \
  "vmov q0[3], q0[1], %[b], %[d]\n\t"    \
  "vadd.i32 q0, q0, %q[bias]\n\t"        \
  "vmulh.s32 q0, q0, %q[multiplier]\n\t" \
  "vadd.i32 q0, q0, %[offset]\n\t"       \
  "vshl.s32 q0, %[shift]\n\t"            \
  "vqmovnb.s32 q0, q0\n\t"               \
  "vqmovnb.s16 q0, q0\n\t"
#define EDGEQ_STAGE_OPERANDS                                                                     \
  [multiplier] "w"(vdupq_n_s32(run->multiplier)), [bias] "w"(vdupq_n_s32(run->bias)),            \
      [offset] "r"(run->offset), [shift] "r"(shift), [advance] "r"(advance), [places] "w"(places)

/* Two outputs of one line and the two below, `times` times: 4 outputs in 16 instructions. */
static inline void edgeq_squares(const edgeq_lines_3x3 *run, const int8_t *v, int8_t *y, int32_t times, int32_t shift,
                                 int32_t advance, uint32x4_t places) {
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
      : [v] "+r"(v), [y] "+r"(y), [times] "+r"(times), [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d)
      : [own] "w"(run->own), [below] "w"(run->below), [right] "w"(run->right), [below_right] "w"(run->below_right),
        EDGEQ_STAGE_OPERANDS
      : "lr", "q0", "memory");
}

/* `count` outputs, two positions apart in the input: 4 in 22 instructions. */
static inline void edgeq_every_second(const edgeq_lines_3x3 *run, const int8_t *v, int8_t *y, int32_t count,
                                      int32_t shift, int32_t advance, uint32x4_t places) {
  int32_t a, b, c, d;
  __asm__ volatile(
      "1: vldrb.u8 q0, [%[v]], #8\n\t"
      "vmladav.s8 %[a], q0, %q[own]\n\t"
      "vldrb.u8 q0, [%[v]], #8\n\t"
      "vmladav.s8 %[b], q0, %q[own]\n\t"
      "vldrb.u8 q0, [%[v]], #8\n\t"
      "vmladav.s8 %[c], q0, %q[own]\n\t"
      "vldrb.u8 q0, [%[v]], #8\n\t"
      "vmladav.s8 %[d], q0, %q[own]\n\t" EDGEQ_FINISH_SUMS
      "vctp.32 %[count]\n\t"
      "vpst\n\t"
      "vstrbt.32 q0, [%[y], %q[places]]\n\t"
      "add %[y], %[y], %[advance]\n\t"
      "subs %[count], %[count], #4\n\t"
      "bgt 1b"
      : [v] "+r"(v), [y] "+r"(y), [count] "+r"(count), [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d)
      : [own] "w"(run->own), EDGEQ_STAGE_OPERANDS
      : "cc", "q0", "memory");
}

/* `lines` output lines by a filter that moves by 1 along a line, two at a time if it moves by 1 across lines as well.
 * What is left over at the end is computed with itself or with what comes before. */
EDGEQ_NOINLINE static void edgeq_lines_by_1(const edgeq_lines_3x3 *run, const edgeq_plane_tap *rows, int8_t *v,
                                            int8_t *y, int32_t lines) {
  const EDGEQ_FLASH edgeq_planes *const p = run->p;
  const int32_t count = p->output_positions, step = count > 1 ? p->output_position_step : 0;
  const int32_t together = p->line_stride == 1 ? 2 : 1, shift = -p->stage.shift;
  edgeq_lines_3x3 square = *run;
  if (count == 1) {
    square.right = square.own;
    square.below_right = square.below;
  }
  for (; lines > 0; lines -= together, rows += together * p->line_stride * p->pitch) {
    int32_t line_step = p->output_line_step;
    if (lines < 2 || together < 2) {
      line_step = 0;
      square.below = square.own;
      square.below_right = square.right;
    }
    const uint32_t below = (uint32_t)line_step, right = (uint32_t)step;
    const uint32x4_t places = {0, below, right, below + right};
    edgeq_interleave_lines(v, rows, p->pitch);
    edgeq_squares(&square, v, y, count > 1 ? count >> 1 : 1, shift, 2 * step, places);
    if (count & 1 && count > 1) {
      edgeq_squares(&square, v + 4 * (count - 2), y + step * (count - 2), 1, shift, 0, places);
    }
    y += together * p->output_line_step;
  }
}

/* `lines` output lines by a filter that moves by 2 along a line. */
EDGEQ_NOINLINE static void edgeq_lines_by_2(const edgeq_lines_3x3 *run, const edgeq_plane_tap *rows, int8_t *v,
                                            int8_t *y, int32_t lines) {
  const EDGEQ_FLASH edgeq_planes *const p = run->p;
  const int32_t step = p->output_position_step;
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
  for (; lines > 0; --lines, rows += p->line_stride * p->pitch, y += p->output_line_step) {
    edgeq_interleave_lines(v, rows, p->pitch);
    edgeq_every_second(run, v, y, p->output_positions, -p->stage.shift, 4 * step, places);
  }
}

/* `lines` output lines from the input lines at `rows`, the buffer's first. */
static inline void edgeq_run_3x3(const edgeq_lines_3x3 *run, edgeq_plane_tap *rows, int8_t *y, int32_t lines) {
  const EDGEQ_FLASH edgeq_planes *const p = run->p;
  int8_t *const v = rows + ((p->band - 1) * p->line_stride + 3) * p->pitch;
  if (p->position_stride == 1) {
    edgeq_lines_by_1(run, rows, v, y, lines);
  } else {
    edgeq_lines_by_2(run, rows, v, y, lines);
  }
}
