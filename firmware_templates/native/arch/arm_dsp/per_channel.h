/* Depthwise convolutions per channel for cores with ARM's DSP extension: int16 taps, two neighbours
 * in a word. */
#ifndef EDGEQ_ARM_DSP_PER_CHANNEL_H
#define EDGEQ_ARM_DSP_PER_CHANNEL_H

#include "depthwise/channel_layout.h"

typedef int16_t edgeq_channel_tap;

static inline edgeq_channel_tap edgeq_channel_tap_of(int32_t x) {
  return (edgeq_channel_tap)x;
}

static inline uint32_t edgeq_two_taps(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xffffu) | ((uint32_t)high << 16);
}

/* `count` taps, `step` bytes apart in x; three instructions a tap become less than two and a half.
 * Volatile, as GCC deletes assembly whose outputs nobody reads, memory or not. */
static inline void edgeq_gather_line(edgeq_channel_tap *to, const int8_t *x, int32_t step,
                                     int32_t count) {
  const int32_t step3 = 3 * step;
  int32_t a, b, c, d;
  for (int32_t fours = EDGEQ_UNROLLED ? count >> 2 : 0; fours > 0; --fours, count -= 4) {
    __asm__ volatile(
        "ldrsb %[a], [%[x]]\n\t"
        "ldrsb %[b], [%[x], %[step]]\n\t"
        "ldrsb %[c], [%[x], %[step], lsl #1]\n\t"
        "ldrsb %[d], [%[x], %[step3]]\n\t"
        "add %[x], %[x], %[step], lsl #2\n\t"
        "strh %[a], [%[to]], #8\n\t"
        "strh %[b], [%[to], #-6]\n\t"
        "strh %[c], [%[to], #-4]\n\t"
        "strh %[d], [%[to], #-2]"
        : [x] "+r"(x), [to] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
        : [step] "r"(step), [step3] "r"(step3)
        : "memory");
  }
  for (; count > 0; --count) {
    __asm__ volatile(
        "ldrsb %[a], [%[x]]\n\t"
        "add %[x], %[step]\n\t"
        "strh %[a], [%[to]], #2"
        : [x] "+r"(x), [to] "+r"(to), [a] "=&r"(a)
        : [step] "r"(step)
        : "memory");
  }
}

typedef uint32_t edgeq_filter_tap; /* two neighbours */

/* The taps of a channel's filter, filter_positions / 2 + 1 words a line: all lines for windows that
 * start at even positions, then all for odd ones, where the first word holds one tap. Gives what is
 * to be added to the sums. */
static inline int32_t edgeq_expand_taps(const EDGEQ_FLASH edgeq_per_channel *p, int32_t c,
                                        edgeq_filter_tap *to) {
  const int32_t positions = p->filter_positions, count = p->filter_lines * positions;
  const EDGEQ_FLASH int8_t *const filter = p->weights + c * count;
  for (int32_t odd = 0; odd < 2; ++odd) {
    const EDGEQ_FLASH int8_t *w = filter;
    for (int32_t i = 0; i < p->filter_lines; ++i, w += positions) {
      for (int32_t j = -odd; j <= positions - odd; j += 2) {
        *to++ =
            edgeq_two_taps(j >= 0 && j < positions ? w[j] : 0, j + 1 < positions ? w[j + 1] : 0);
      }
    }
  }
  return 0;
}

/* The sums of the windows that start at the positions `at` and `next`. */
static inline void edgeq_per_channel_sums(const EDGEQ_FLASH edgeq_per_channel *p,
                                          const edgeq_channel_tap *rows, int32_t at, int32_t next,
                                          const edgeq_filter_tap *taps, int32_t sums[2]) {
  const int32_t words = (p->filter_positions >> 1) + 1, all = p->filter_lines * words;
  const edgeq_channel_tap *x = rows + (at & ~(int32_t)1), *z = rows + (next & ~(int32_t)1);
  const edgeq_filter_tap *w = taps + (at & 1) * all, *v = taps + (next & 1) * all;
  const edgeq_filter_tap *const last = w + all;
  int32_t a = 0, b = 0;
  while (w != last) {
    const edgeq_filter_tap *const end = w + words;
    do {
      uint32_t pair, other;
      __asm__(
          "ldr %[pair], [%[x]], #4\n\t"
          "ldr %[other], [%[w]], #4\n\t"
          "smlad %[a], %[pair], %[other], %[a]\n\t"
          "ldr %[pair], [%[z]], #4\n\t"
          "ldr %[other], [%[v]], #4\n\t"
          "smlad %[b], %[pair], %[other], %[b]"
          : [x] "+r"(x), [z] "+r"(z), [w] "+r"(w), [v] "+r"(v), [a] "+r"(a), [b] "+r"(b),
            [pair] "=&r"(pair), [other] "=&r"(other)
          :
          : "memory");
    } while (w != end);
    x += p->pitch - 2 * words;
    z += p->pitch - 2 * words;
  }
  sums[0] = a;
  sums[1] = b;
}

/* Output lines of a 3x3 filter, scaled so that the requantization epilogue's shift is 8, which SSAT
 * does on the way. The order is that of EDGEQ_LINES_BEGIN. */
typedef struct {
  const edgeq_channel_tap *rows; /* the first input line */
  int8_t *y;
  int32_t pitch;    /* bytes from input line to line */
  uint32_t taps[6]; /* for each filter line (w0, w1), (w1, w2) */
  int32_t bias[2];  /* the same twice */
  int32_t multiplier, offset;
  /* From output to output; where the line ends in the buffer, computed on the way */
  int32_t step, end;
  int32_t advance, gap; /* from the end of a line to the next, in the buffer and in y */
  /* Bytes of a line in the buffer; whether one more output is left behind the pairs */
  int32_t span, odd;
  int32_t lines;
  int32_t paired; /* whether outputs are computed two at a time */
} edgeq_lines_3x3;

/* What all channels have in common. */
static inline void edgeq_begin_3x3(edgeq_lines_3x3 *run, const EDGEQ_FLASH edgeq_per_channel *p) {
  const int32_t count = p->output_positions, paired = p->position_stride == 1 && count > 1;
  run->paired = paired;
  run->pitch = 2 * p->pitch;
  run->step = p->output_position_step;
  run->odd = paired & count;
  run->span = paired ? 2 * (count - run->odd) : 4 * count;
  run->advance = run->pitch * p->line_stride - run->span;
  run->gap = p->output_line_step - run->step * (count - run->odd);
}

EDGEQ_ONCE static void edgeq_channel_3x3(edgeq_lines_3x3 *run,
                                         const EDGEQ_FLASH edgeq_per_channel *p, int32_t c) {
  const int32_t scale = (int32_t)1 << (EDGEQ_3X3_SHIFT - p->epilogue.shift);
  const EDGEQ_FLASH int32_t *const epilogue = p->epilogue.constants + 3 * c;
  const EDGEQ_FLASH int8_t *w = p->weights + 9 * c;
  for (int32_t i = 0; i < 3; ++i, w += 3) {
    const int32_t middle = w[1] * scale;
    run->taps[2 * i] = edgeq_two_taps(w[0] * scale, middle);
    run->taps[2 * i + 1] = edgeq_two_taps(middle, w[2] * scale);
  }
  run->bias[0] = run->bias[1] = epilogue[0] * scale;
  run->multiplier = epilogue[1];
  run->offset = epilogue[2] * scale;
}

/* The registers of both loops below: r0, r2, r3 input lines, r1 outputs, r4 to r9 taps; the rest
 * lies on the stack. */
#define EDGEQ_LINES_BEGIN       \
  "push {r4-r11, lr}\n\t"       \
  "add r1, r0, #36\n\t"         \
  "ldm r1, {r2-r12}\n\t"        \
  "push {r2-r12}\n\t"           \
  "ldm r0, {r0, r1, r3-r9}\n\t" \
  "add r2, r0, r3\n\t"          \
  "add r3, r2\n"                \
  "1:\n\t"                      \
  "ldr r10, [sp, #32]\n\t"      \
  "add r10, r0\n\t"             \
  "str r10, " EDGEQ_LINES_END "\n\t"

#define EDGEQ_LINES_BIAS "[sp]"
#define EDGEQ_LINES_FACTOR "[sp, #8]"
#define EDGEQ_LINES_STEP "[sp, #16]"
#define EDGEQ_LINES_END "[sp, #20]"
#define EDGEQ_LINES_ODD "[sp, #36]"

#define EDGEQ_LINES_NEXT         \
  "ldrd r10, r11, [sp, #24]\n\t" \
  "add r0, r10\n\t"              \
  "add r2, r10\n\t"              \
  "add r3, r10\n\t"              \
  "add r1, r11\n\t"              \
  "ldr r10, [sp, #40]\n\t"       \
  "subs r10, #1\n\t"             \
  "str r10, [sp, #40]\n\t"       \
  "bne 1b\n\t"                   \
  "add sp, #44\n\t"              \
  "pop {r4-r11, pc}\n"

/* One filter line's part in the sums (r12, lr) of two neighbouring outputs. */
#define EDGEQ_TAPS_OF_TWO(line, w01, w12) \
  "ldrd r10, r11, [" line                 \
  "], #4\n\t"                             \
  "smlad r12, r10, " w01                  \
  ", r12\n\t"                             \
  "smlatb lr, r10, " w01                  \
  ", lr\n\t"                              \
  "smlabt r12, r11, " w12                 \
  ", r12\n\t"                             \
  "smlad lr, r11, " w12 ", lr\n\t"

/* One filter line's part in the sum (r12) of one output. */
#define EDGEQ_TAPS_OF_ONE(line, w01, w12) \
  "ldrd r10, r11, " line                  \
  "\n\t"                                  \
  "smlad r12, r10, " w01                  \
  ", r12\n\t"                             \
  "smlabt r12, r11, " w12 ", r12\n\t"

/* A filter that moves by 1: two outputs in 27 instructions. */
EDGEQ_NAKED static void edgeq_lines_by_1(edgeq_lines_3x3 *run __attribute__((unused))) {
  __asm__(EDGEQ_LINES_BEGIN
          "2:\n\t"
          "ldrd r12, lr, " EDGEQ_LINES_BIAS "\n\t" EDGEQ_TAPS_OF_TWO("r0", "r4", "r5")
              EDGEQ_TAPS_OF_TWO("r2", "r6", "r7") EDGEQ_TAPS_OF_TWO(
                  "r3", "r8", "r9") "ldrd r10, r11, " EDGEQ_LINES_FACTOR
                                    "\n\t"
                                    "smmla r12, r12, r10, r11\n\t"
                                    "smmla lr, lr, r10, r11\n\t"
                                    "ldrd r10, r11, " EDGEQ_LINES_STEP
                                    "\n\t"
                                    "ssat r12, #8, r12, asr #8\n\t"
                                    "ssat lr, #8, lr, asr #8\n\t"
                                    "strb r12, [r1]\n\t"
                                    "strb lr, [r1, r10]\n\t"
                                    "add r1, r1, r10, lsl #1\n\t"
                                    "cmp r0, r11\n\t"
                                    "bne 2b\n\t"
                                    "ldr r10, " EDGEQ_LINES_ODD
                                    "\n\t"
                                    "cmp r10, #0\n\t"
                                    "beq 3f\n\t"
                                    "ldr r12, " EDGEQ_LINES_BIAS
                                    "\n\t" EDGEQ_TAPS_OF_ONE("[r0]", "r4", "r5")
                                        EDGEQ_TAPS_OF_ONE("[r2]", "r6", "r7") EDGEQ_TAPS_OF_ONE(
                                            "[r3]", "r8", "r9") "ldrd r10, r11, " EDGEQ_LINES_FACTOR
                                                                "\n\t"
                                                                "smmla r12, r12, r10, r11\n\t"
                                                                "ssat r12, #8, r12, asr #8\n\t"
                                                                "strb r12, [r1]\n"
                                                                "3:\n\t" EDGEQ_LINES_NEXT);
}

/* A filter that moves by 2, or whose lines have one output: 18 instructions each. */
EDGEQ_NAKED static void edgeq_lines_by_2(edgeq_lines_3x3 *run __attribute__((unused))) {
  __asm__(EDGEQ_LINES_BEGIN "ldr lr, " EDGEQ_LINES_BIAS
                            "\n"
                            "2:\n\t"
                            "mov r12, lr\n\t" EDGEQ_TAPS_OF_ONE("[r0], #4", "r4", "r5")
                                EDGEQ_TAPS_OF_ONE("[r2], #4", "r6", "r7") EDGEQ_TAPS_OF_ONE(
                                    "[r3], #4", "r8", "r9") "ldrd r10, r11, " EDGEQ_LINES_FACTOR
                                                            "\n\t"
                                                            "smmla r12, r12, r10, r11\n\t"
                                                            "ldrd r10, r11, " EDGEQ_LINES_STEP
                                                            "\n\t"
                                                            "ssat r12, #8, r12, asr #8\n\t"
                                                            "strb r12, [r1]\n\t"
                                                            "add r1, r10\n\t"
                                                            "cmp r0, r11\n\t"
                                                            "bne 2b\n\t" EDGEQ_LINES_NEXT);
}

/* `lines` output lines from the input lines at `rows`. Compilers run out of registers here; the
 * twin is in C. */
static inline void edgeq_run_3x3(edgeq_lines_3x3 *run, const edgeq_channel_tap *rows, int8_t *y,
                                 int32_t lines) {
  run->rows = rows;
  run->y = y;
  run->lines = lines;
  if (run->paired) {
    edgeq_lines_by_1(run);
  } else {
    edgeq_lines_by_2(run);
  }
}

#endif
