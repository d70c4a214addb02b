/* The outputs of convolutions on cores with ARM's DSP extension: two filters by four pixels. */
#ifndef EDGEQ_ARM_DSP_GEMM_EPILOGUE_H
#define EDGEQ_ARM_DSP_GEMM_EPILOGUE_H

#include "convolution/conv_2d_gather.h"

#if EDGEQ_INTERLEAVED_FILTERS != 2
#error "these loops read the bytes of two filters in turns"
#endif

/* What the loops below take and keep on the stack, in this order. */
typedef struct {
  int32_t second, third, fourth;      /* where the tile's pixels lie from the first */
  int8_t *y;                          /* the first pixel */
  const EDGEQ_FLASH int32_t *channel; /* the constants of the pair's first filter */
  int32_t shift;
  const edgeq_tap *columns, *last;   /* the first taps; those at which the last iteration ends */
  const EDGEQ_FLASH int8_t *end;     /* of all pairs, 4 bytes less where the last is no filter */
  int32_t skipped;                   /* bytes of code that the first iteration leaves out */
  const EDGEQ_FLASH int8_t *weights;
} edgeq_filter_pairs;

/* Two taps of two joined filters over four columns: 16 multiplications in 16 cycles of a Cortex-M4,
 * 18.5 on a Nucleo-L4R5ZI with its flash; filters that are not joined take one more, and one filter
 * with four taps 22.8 and 25.3. Registers: r0 filters, r1 columns, r4 to r7 the sums of the first
 * filter, r8 to r11 those of the second, in joined filters 256 times that plus that of the first.
 * apart: what expands the second filter. */
#define EDGEQ_LOAD_TWO_TAPS \
  "ldr r3, [r0], #4\n\t"    \
  "ldr r12, [r1], #4\n\t"   \
  "ldr lr, [r1], #4\n\t"
#define EDGEQ_ADD_TWO_TAPS(apart) \
  "sxtb16 r2, r3\n\t" apart     \
  "smlad r4, r2, r12, r4\n\t"   \
  "smlad r8, r3, r12, r8\n\t"   \
  "smlad r5, r2, lr, r5\n\t"    \
  "smlad r9, r3, lr, r9\n\t"    \
  "ldrd r12, lr, [r1], #8\n\t"  \
  "smlad r6, r2, r12, r6\n\t"   \
  "smlad r10, r3, r12, r10\n\t" \
  "smlad r7, r2, lr, r7\n\t"    \
  "smlad r11, r3, lr, r11\n\t"
#define EDGEQ_TWO_TAPS(apart) EDGEQ_LOAD_TWO_TAPS EDGEQ_ADD_TWO_TAPS(apart)
#define EDGEQ_JOINED ""
#define EDGEQ_APART "sxtb16 r3, r3, ror #8\n\t"
#define EDGEQ_GROUP_CODE_BYTES(joined) ((joined) ? 104 : 112)

/* How often two taps come before the last two of an iteration. */
#if defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_GROUPS_TOGETHER 1
#define EDGEQ_TIMES_BEFORE "1"
#else
#define EDGEQ_GROUPS_TOGETHER 4
#define EDGEQ_TIMES_BEFORE "7"
#endif

/* The loops: how sums begin, and how they become outputs. The comparison's flags outlive what
 * stands behind it; a pixel that does not exist lies where the first one does, which is written
 * last. */
#define EDGEQ_PAIRS_OF_FILTERS(apart, begin, finish, constants) \
  "push {r4-r11, lr}\n\t"                                \
  "ldm r0, {r2-r12}\n\t"                                 \
  "adr.w r0, 2f\n\t"                                     \
  "add r11, r0\n\t"                                      \
  "add r11, r11, #1\n\t"                                 \
  "push {r2-r12}\n\t"                                    \
  "mov r0, r12\n\t"                                      \
  "mov r1, r6\n\t"                                       \
  ".p2align 2\n"                                         \
  "1:\n\t" begin                                         \
  "bx r12\n\t"                                           \
  ".p2align 2\n"                                         \
  "2:\n\t"                                               \
  ".rept " EDGEQ_TIMES_BEFORE                            \
  "\n\t" EDGEQ_TWO_TAPS(apart)                           \
  ".endr\n\t" EDGEQ_LOAD_TWO_TAPS                        \
  "ldr r2, [sp, #28]\n\t"                                \
  "cmp r1, r2\n\t" EDGEQ_ADD_TWO_TAPS(apart)             \
  "bne 2b\n\t"                                           \
  "ldr r1, [sp, #16]\n\t" finish                         \
  "adds r1, #" constants "\n\t"                          \
  "str r1, [sp, #16]\n\t"                                \
  "ldr lr, [sp, #12]\n\t"                                \
  "ldr r2, [sp]\n\t"                                     \
  "ldr r3, [sp, #4]\n\t"                                 \
  "ldr r12, [sp, #8]\n\t"                                \
  "strb r5, [lr, r2]\n\t"                                \
  "ldr r5, [sp, #32]\n\t"                                \
  "strb r6, [lr, r3]\n\t"                                \
  "strb r7, [lr, r12]\n\t"                               \
  "strb r4, [lr], #1\n\t"                                \
  "cmp r0, r5\n\t"                                       \
  "bhi 3f\n\t"                                           \
  "strb r9, [lr, r2]\n\t"                                \
  "strb r10, [lr, r3]\n\t"                               \
  "strb r11, [lr, r12]\n\t"                              \
  "strb r8, [lr], #1\n\t"                                \
  "str lr, [sp, #12]\n\t"                                \
  "bne 1b\n"                                             \
  "3:\n\t"                                               \
  "add sp, #44\n\t"                                      \
  "pop {r4-r11, pc}\n"

#define EDGEQ_SATURATE_4(a, b, c, d, shift) \
  "asr.w " a ", " a ", " shift "\n\t"       \
  "asr.w " b ", " b ", " shift "\n\t"       \
  "asr.w " c ", " c ", " shift "\n\t"       \
  "asr.w " d ", " d ", " shift "\n\t"       \
  "ssat " a ", #8, " a "\n\t"               \
  "ssat " b ", #8, " b "\n\t"               \
  "ssat " c ", #8, " c "\n\t"               \
  "ssat " d ", #8, " d "\n\t"

#define EDGEQ_SINGLE_MULTIPLY_4(a, b, c, d) \
  "smmla " a ", " a ", r2, r3\n\t"          \
  "smmla " b ", " b ", r2, r3\n\t"          \
  "smmla " c ", " c ", r2, r3\n\t"          \
  "smmla " d ", " d ", r2, r3\n\t" EDGEQ_SATURATE_4(a, b, c, d, "r12")

/* Of joined filters, from r8 on: 256 times the sums of the second one. */
#define EDGEQ_SEPARATE     \
  "sub r8, r8, r4\n\t"     \
  "sub r9, r9, r5\n\t"     \
  "sub r10, r10, r6\n\t"   \
  "sub r11, r11, r7\n\t"

/* Sums begin with the biases. second: the sum of the second filter; separate, scale: what joined
 * filters need in addition, whose epilogue takes 256 times the sum. */
#define EDGEQ_SINGLE_MULTIPLY_PAIRS(apart, second, separate, scale) \
  EDGEQ_PAIRS_OF_FILTERS(apart,                                     \
                         "ldr r4, [r1]\n\t"                         \
                         "ldr r8, [r1, #12]\n\t"                    \
                         "ldr r12, [sp, #36]\n\t"                   \
                         "ldr r1, [sp, #24]\n\t" second             \
                         "mov r5, r4\n\t"                           \
                         "mov r6, r4\n\t"                           \
                         "mov r7, r4\n\t"                           \
                         "mov r9, r8\n\t"                           \
                         "mov r10, r8\n\t"                          \
                         "mov r11, r8\n\t",                         \
                         "ldr r2, [r1, #4]\n\t"                     \
                         "ldr r3, [r1, #8]\n\t"                     \
                         "ldr r12, [sp, #20]\n\t" separate          \
                         EDGEQ_SINGLE_MULTIPLY_4("r4", "r5", "r6", "r7") \
                         "ldr r2, [r1, #16]\n\t"                    \
                         "ldr r3, [r1, #20]\n\t" scale              \
                         EDGEQ_SINGLE_MULTIPLY_4("r8", "r9", "r10", "r11"), \
                         "24")

EDGEQ_NAKED static void edgeq_joined_single_multiply(
    const edgeq_filter_pairs *pairs __attribute__((unused))) {
  __asm__(EDGEQ_SINGLE_MULTIPLY_PAIRS(EDGEQ_JOINED, "add r8, r4, r8, lsl #8\n\t", EDGEQ_SEPARATE,
                                      "lsls r3, r3, #8\n\tadd r12, #8\n\t"));
}

EDGEQ_NAKED static void edgeq_pairs_single_multiply(
    const edgeq_filter_pairs *pairs __attribute__((unused))) {
  __asm__(EDGEQ_SINGLE_MULTIPLY_PAIRS(EDGEQ_APART, "", "", ""));
}

#define EDGEQ_ROUND_SUM(a)                 \
  "smmulr " a ", " a ", r3\n\t"          \
  "add " a ", " a ", " a ", asr #31\n\t" \
  "add " a ", r12\n\t"
#define EDGEQ_DOUBLE_ROUNDING_4(a, b, c, d, twice)                  \
  "add " a ", r2, " a ", " twice "\n\t"                             \
  "add " b ", r2, " b ", " twice "\n\t"                             \
  "add " c ", r2, " c ", " twice "\n\t"                             \
  "add " d ", r2, " d ", " twice "\n\t" EDGEQ_ROUND_SUM(a) EDGEQ_ROUND_SUM(b) \
  EDGEQ_ROUND_SUM(c) EDGEQ_ROUND_SUM(d) EDGEQ_SATURATE_4(a, b, c, d, "lr")

/* twice: the shift that doubles the sum of the second filter. */
#define EDGEQ_DOUBLE_ROUNDING_PAIRS(apart, separate, twice)     \
  EDGEQ_PAIRS_OF_FILTERS(apart,                                 \
                         "mov r4, #0\n\t"                       \
                         "mov r5, r4\n\t"                       \
                         "mov r6, r4\n\t"                       \
                         "mov r7, r4\n\t"                       \
                         "mov r8, r4\n\t"                       \
                         "mov r9, r4\n\t"                       \
                         "mov r10, r4\n\t"                      \
                         "mov r11, r4\n\t"                      \
                         "ldr r12, [sp, #36]\n\t"               \
                         "ldr r1, [sp, #24]\n\t",               \
                         separate                               \
                         "ldrd r2, r3, [r1]\n\t"                \
                         "ldrd r12, lr, [r1, #8]\n\t"           \
                         EDGEQ_DOUBLE_ROUNDING_4("r4", "r5", "r6", "r7", "lsl #1") \
                         "ldrd r2, r3, [r1, #16]\n\t"           \
                         "ldrd r12, lr, [r1, #24]\n\t"          \
                         EDGEQ_DOUBLE_ROUNDING_4("r8", "r9", "r10", "r11", twice), \
                         "32")

EDGEQ_NAKED static void edgeq_joined_double_rounding(
    const edgeq_filter_pairs *pairs __attribute__((unused))) {
  __asm__(EDGEQ_DOUBLE_ROUNDING_PAIRS(EDGEQ_JOINED, EDGEQ_SEPARATE, "asr #7"));
}

EDGEQ_NAKED static void edgeq_pairs_double_rounding(
    const edgeq_filter_pairs *pairs __attribute__((unused))) {
  __asm__(EDGEQ_DOUBLE_ROUNDING_PAIRS(EDGEQ_APART, "", "lsl #1"));
}

/* A tile's pixels from their columns. at: where each lies from y, 0 for one that does not exist. */
static inline edgeq_filter_pairs edgeq_filter_pairs_of(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  const int32_t groups = p->tap_groups, filters = p->output_channels;
  const edgeq_filter_pairs pairs = {
      at[1],
      at[2],
      at[3],
      y,
      p->epilogue.constants,
      p->epilogue.shift,
      columns,
      columns + EDGEQ_GROUP_TAPS * groups - 4,
      p->weights + 4 * groups * (filters + (filters & 1)) - 4 * (filters & 1),
      EDGEQ_GROUP_CODE_BYTES(EDGEQ_FILTERS_JOINED(p)) * (-groups & (EDGEQ_GROUPS_TOGETHER - 1)),
      p->weights,
  };
  return pairs;
}

EDGEQ_NOINLINE static void edgeq_conv_2d_single_multiply(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  const edgeq_filter_pairs pairs = edgeq_filter_pairs_of(p, columns, y, at);
  if (EDGEQ_FILTERS_JOINED(p)) {
    edgeq_joined_single_multiply(&pairs);
  } else {
    edgeq_pairs_single_multiply(&pairs);
  }
}

EDGEQ_NOINLINE static void edgeq_conv_2d_double_rounding(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  const edgeq_filter_pairs pairs = edgeq_filter_pairs_of(p, columns, y, at);
  if (EDGEQ_FILTERS_JOINED(p)) {
    edgeq_joined_double_rounding(&pairs);
  } else {
    edgeq_pairs_double_rounding(&pairs);
  }
}

#endif
