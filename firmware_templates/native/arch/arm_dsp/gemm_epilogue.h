/* The outputs of convolutions on cores with ARM's DSP extension: two filters by four pixels. */
#ifndef EDGEQ_ARM_DSP_GEMM_EPILOGUE_H
#define EDGEQ_ARM_DSP_GEMM_EPILOGUE_H

#include "convolution/conv_2d_gather.h"

#if EDGEQ_INTERLEAVED_FILTERS != 2
#error "these loops read the bytes of two filters in turns"
#endif

/* Two taps of two joined filters over four columns: 16 multiplications in 16 cycles of a Cortex-M4,
 * 18.5 on a Nucleo-L4R5ZI with its flash; filters that are not joined take one more, and one filter
 * with four taps 22.8 and 25.3. Registers: r0 filters, 8 bytes before the columns r1, r6 to r9 the
 * sums of the first filter, r10 to lr those of the second, in joined filters 256 times that plus
 * that of the first. apart: what expands the second filter. */
#define EDGEQ_LOAD_TWO_TAPS \
  "ldr r3, [r0], #4\n\t"    \
  "ldr r4, [r1, #8]\n\t"    \
  "ldr r5, [r1, #12]\n\t"
#define EDGEQ_ADD_TWO_TAPS(apart) \
  "sxtb16 r2, r3\n\t" apart       \
  "smlad r6, r2, r4, r6\n\t"      \
  "smlad r10, r3, r4, r10\n\t"    \
  "smlad r7, r2, r5, r7\n\t"      \
  "smlad r11, r3, r5, r11\n\t"    \
  "ldrd r4, r5, [r1, #16]!\n\t"   \
  "smlad r8, r2, r4, r8\n\t"      \
  "smlad r12, r3, r4, r12\n\t"    \
  "smlad r9, r2, r5, r9\n\t"      \
  "smlad lr, r3, r5, lr\n\t"
#define EDGEQ_TWO_TAPS(apart) EDGEQ_LOAD_TWO_TAPS EDGEQ_ADD_TWO_TAPS(apart)
#define EDGEQ_JOINED ""
#define EDGEQ_APART "sxtb16 r3, r3, ror #8\n\t"
#define EDGEQ_JOINED_GROUP_CODE "96" /* bytes of a group of four taps */
#define EDGEQ_APART_GROUP_CODE "104"

/* How often two taps come before the last two of an iteration. An iteration has 4 groups: with all
 * that runs for a tile it has to stay in a cache of 1 KB. */
#if defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_OTHER_GROUPS "0"
#define EDGEQ_TIMES_BEFORE "1"
#else
#define EDGEQ_OTHER_GROUPS "3"
#define EDGEQ_TIMES_BEFORE "7"
#endif

/* Fields of a layer, as the loops read them. */
#if defined(EDGEQ_WIDE_EXTENTS)
#define EDGEQ_LAYER_CHANNELS "ldr r12, [r0, #20]\n\t"
#define EDGEQ_LAYER_GROUPS "ldr lr, [r0, #24]\n\t"
#else
#define EDGEQ_LAYER_CHANNELS "ldrh r12, [r0, #18]\n\t"
#define EDGEQ_LAYER_GROUPS "ldrh lr, [r0, #20]\n\t"
#endif
#define EDGEQ_LAYER_AT(field) offsetof(edgeq_conv_2d_im2col_s8_params, field)
typedef char edgeq_layer_as_read
    [EDGEQ_LAYER_AT(epilogue.constants) == 0 && EDGEQ_LAYER_AT(epilogue.shift) == 5 &&
             EDGEQ_LAYER_AT(weights) == 12 &&
             EDGEQ_LAYER_AT(output_channels) == 16 + sizeof(edgeq_extent) &&
             EDGEQ_LAYER_AT(tap_groups) == 16 + 2 * sizeof(edgeq_extent)
         ? 1
         : -1];

/* From a layer r0, the columns r1, outputs r2 and places r3 to the stack: the places of the second,
 * third and fourth pixel, then the first pixel, constants, shift, columns, those at which the last
 * iteration ends, the end of the filters, 4 bytes less where the last one has no twin, and where
 * the first iteration begins, which takes the groups that would be left over. */
#define EDGEQ_PAIRS_TO_STACK(code)       \
  "push {r4-r11, lr}\n\t"                \
  "ldm r3, {r4-r7}\n\t"                  \
  "mov r8, r2\n\t"                       \
  "ldr r9, [r0]\n\t"                     \
  "ldrb r10, [r0, #5]\n\t"               \
  "ldr r4, [r0, #12]\n\t"                \
  EDGEQ_LAYER_CHANNELS EDGEQ_LAYER_GROUPS \
  "sub r11, r1, #8\n\t"                  \
  "and r3, r12, #1\n\t"                  \
  "add r12, r3\n\t"                      \
  "mul r12, lr, r12\n\t"                 \
  "sub r12, r3\n\t"                      \
  "add r2, r4, r12, lsl #2\n\t"          \
  "rsb r3, lr, #0\n\t"                   \
  "and r3, #" EDGEQ_OTHER_GROUPS "\n\t"  \
  "movs r0, #" code "\n\t"               \
  "muls r3, r0, r3\n\t"                  \
  "adr.w r0, 2f\n\t"                     \
  "adds r3, r0\n\t"                      \
  "adds r3, #1\n\t"                      \
  "push {r2, r3}\n\t"                    \
  "add r12, r11, lr, lsl #5\n\t"         \
  "sub r12, #16\n\t"                     \
  "push {r5-r12}\n\t"                    \
  "mov r0, r4\n\t"                       \
  "mov r1, r9\n\t"

/* The loops: how sums begin, and how they become outputs, behind which r1 is the next pair's
 * constants. The comparison's flags outlive what stands behind it; a pixel that does not exist lies
 * where the first one does, which is written last. */
#define EDGEQ_PAIRS_OF_FILTERS(code, apart, begin, finish) \
  EDGEQ_PAIRS_TO_STACK(code)                               \
  ".p2align 2\n"                                           \
  "1:\n\t" begin                                           \
  "bx r2\n\t"                                              \
  ".p2align 2\n"                                           \
  "2:\n\t"                                                 \
  ".rept " EDGEQ_TIMES_BEFORE                              \
  "\n\t" EDGEQ_TWO_TAPS(apart)                             \
  ".endr\n\t" EDGEQ_LOAD_TWO_TAPS                          \
  "ldr r2, [sp, #28]\n\t"                                  \
  "cmp r1, r2\n\t" EDGEQ_ADD_TWO_TAPS(apart)               \
  "bne 2b\n\t"                                             \
  "ldr r1, [sp, #16]\n\t" finish                           \
  "str r1, [sp, #16]\n\t"                                  \
  "ldr r5, [sp, #12]\n\t"                                  \
  "ldr r2, [sp]\n\t"                                       \
  "ldr r3, [sp, #4]\n\t"                                   \
  "ldr r4, [sp, #8]\n\t"                                   \
  "strb r7, [r5, r2]\n\t"                                  \
  "ldr r7, [sp, #32]\n\t"                                  \
  "strb r8, [r5, r3]\n\t"                                  \
  "strb r9, [r5, r4]\n\t"                                  \
  "strb r6, [r5], #1\n\t"                                  \
  "cmp r0, r7\n\t"                                         \
  "bhi 3f\n\t"                                             \
  "strb r11, [r5, r2]\n\t"                                 \
  "strb r12, [r5, r3]\n\t"                                 \
  "strb lr, [r5, r4]\n\t"                                  \
  "strb r10, [r5], #1\n\t"                                 \
  "str r5, [sp, #12]\n\t"                                  \
  "bne 1b\n"                                               \
  "3:\n\t"                                                 \
  "add sp, #40\n\t"                                        \
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
  "smmla " d ", " d ", r2, r3\n\t" EDGEQ_SATURATE_4(a, b, c, d, "r4")

/* Of joined filters, from r10 on: 256 times the sums of the second one. */
#define EDGEQ_SEPARATE   \
  "sub r10, r10, r6\n\t" \
  "sub r11, r11, r7\n\t" \
  "sub r12, r12, r8\n\t" \
  "sub lr, lr, r9\n\t"

/* Sums begin with the biases. second: the sum of the second filter; separate, scale: what joined
 * filters need in addition, whose epilogue takes 256 times the sum. */
#define EDGEQ_SINGLE_MULTIPLY_PAIRS(code, apart, second, separate, scale) \
  EDGEQ_PAIRS_OF_FILTERS(code, apart,                                     \
                         "ldr r6, [r1]\n\t"                               \
                         "ldr r10, [r1, #12]\n\t"                         \
                         "ldr r2, [sp, #36]\n\t"                          \
                         "ldr r1, [sp, #24]\n\t" second                   \
                         "mov r7, r6\n\t"                                 \
                         "mov r8, r6\n\t"                                 \
                         "mov r9, r6\n\t"                                 \
                         "mov r11, r10\n\t"                               \
                         "mov r12, r10\n\t"                               \
                         "mov lr, r10\n\t",                               \
                         "ldr r2, [r1, #4]\n\t"                           \
                         "ldr r3, [r1, #8]\n\t"                           \
                         "ldr r4, [sp, #20]\n\t" separate                 \
                         EDGEQ_SINGLE_MULTIPLY_4("r6", "r7", "r8", "r9")  \
                         "ldr r2, [r1, #16]\n\t"                          \
                         "ldr r3, [r1, #20]\n\t" scale                    \
                         EDGEQ_SINGLE_MULTIPLY_4("r10", "r11", "r12", "lr") \
                         "adds r1, #24\n\t")

/* Whether the rounded product is below 0 is asked of the sum: of a product of 0 both answers give
 * the same output. */
#define EDGEQ_ROUND_SUM(a)            \
  "smmlar r2, " a ", r3, r4\n\t"      \
  "add " a ", r2, " a ", asr #31\n\t"
#define EDGEQ_DOUBLE_ROUNDING_4(a, b, c, d, twice)                              \
  "ldm r1!, {r2-r5}\n\t"                                                        \
  "add " a ", r2, " a ", " twice "\n\t"                                         \
  "add " b ", r2, " b ", " twice "\n\t"                                         \
  "add " c ", r2, " c ", " twice "\n\t"                                         \
  "add " d ", r2, " d ", " twice "\n\t" EDGEQ_ROUND_SUM(a) EDGEQ_ROUND_SUM(b)   \
  EDGEQ_ROUND_SUM(c) EDGEQ_ROUND_SUM(d) EDGEQ_SATURATE_4(a, b, c, d, "r5")

/* twice: the shift that doubles the sum of the second filter. */
#define EDGEQ_DOUBLE_ROUNDING_PAIRS(code, apart, separate, twice)                    \
  EDGEQ_PAIRS_OF_FILTERS(code, apart,                                                \
                         "movs r6, #0\n\t"                                           \
                         "mov r7, r6\n\t"                                            \
                         "mov r8, r6\n\t"                                            \
                         "mov r9, r6\n\t"                                            \
                         "mov r10, r6\n\t"                                           \
                         "mov r11, r6\n\t"                                           \
                         "mov r12, r6\n\t"                                           \
                         "mov lr, r6\n\t"                                            \
                         "ldr r2, [sp, #36]\n\t"                                     \
                         "ldr r1, [sp, #24]\n\t",                                    \
                         separate                                                    \
                         EDGEQ_DOUBLE_ROUNDING_4("r6", "r7", "r8", "r9", "lsl #1")   \
                         EDGEQ_DOUBLE_ROUNDING_4("r10", "r11", "r12", "lr", twice))

/* All filters over a tile's columns; at: where each pixel lies from y. */
#define EDGEQ_PAIRS(name, text)                                                             \
  EDGEQ_NAKED static void name(                                                             \
      const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p __attribute__((unused)),          \
      const edgeq_tap *columns __attribute__((unused)), int8_t *y __attribute__((unused)),  \
      const int32_t at[4] __attribute__((unused))) {                                        \
    __asm__(text);                                                                          \
  }
EDGEQ_PAIRS(edgeq_joined_single_multiply,
            EDGEQ_SINGLE_MULTIPLY_PAIRS(EDGEQ_JOINED_GROUP_CODE, EDGEQ_JOINED,
                                        "add r10, r6, r10, lsl #8\n\t", EDGEQ_SEPARATE,
                                        "lsls r3, r3, #8\n\tadds r4, #8\n\t"))
EDGEQ_PAIRS(edgeq_apart_single_multiply,
            EDGEQ_SINGLE_MULTIPLY_PAIRS(EDGEQ_APART_GROUP_CODE, EDGEQ_APART, "", "", ""))
EDGEQ_PAIRS(edgeq_joined_double_rounding,
            EDGEQ_DOUBLE_ROUNDING_PAIRS(EDGEQ_JOINED_GROUP_CODE, EDGEQ_JOINED, EDGEQ_SEPARATE,
                                        "asr #7"))
EDGEQ_PAIRS(edgeq_apart_double_rounding,
            EDGEQ_DOUBLE_ROUNDING_PAIRS(EDGEQ_APART_GROUP_CODE, EDGEQ_APART, "", "lsl #1"))

static inline void edgeq_conv_2d_single_multiply(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  if (EDGEQ_FILTERS_JOINED(p)) {
    edgeq_joined_single_multiply(p, columns, y, at);
  } else {
    edgeq_apart_single_multiply(p, columns, y, at);
  }
}

static inline void edgeq_conv_2d_double_rounding(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  if (EDGEQ_FILTERS_JOINED(p)) {
    edgeq_joined_double_rounding(p, columns, y, at);
  } else {
    edgeq_apart_double_rounding(p, columns, y, at);
  }
}

#endif
