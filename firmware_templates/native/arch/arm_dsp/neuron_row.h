/* A row of a fully connected layer on cores with ARM's DSP extension. Contract:
 * fully_connected/neuron_layer.h. */
#ifndef EDGEQ_ARM_DSP_NEURON_ROW_H
#define EDGEQ_ARM_DSP_NEURON_ROW_H

#include "fully_connected/neuron_layer.h"

#include "arch/arm_dsp/eight_neurons.h"

#if EDGEQ_INTERLEAVED_NEURONS != 2
#error "these loops read the bytes of two neurons in turns"
#endif

/* Registers of the loops: r0 weights, r1 inputs, r2 to r5 words of weights, r6 to r9 sums, r10 and
 * r11 inputs of even and of odd taps, r12 an edgeq_neuron_row, lr iterations that are left. */

/* A group of joined weights, four taps of four neurons: 16 products in 18 cycles of a Cortex-M4, 10
 * more for the flash of a Nucleo-L4R5ZI. */
#define EDGEQ_JOINED_GROUP                               \
  "ldr r11, [r1], #4\n\t"                                \
  "ldr r2, [r0], #4\n\t"                                 \
  "ldr r3, [r0], #4\n\t"                                 \
  "ldr r4, [r0], #4\n\t"                                 \
  "ldr r5, [r0], #4\n\t" EDGEQ_EXPAND_INPUTS             \
  EDGEQ_JOINED_TAPS("r2", "r3", "r6", "r7")              \
  EDGEQ_JOINED_TAPS("r4", "r5", "r8", "r9")
#define EDGEQ_JOINED_GROUP_BYTES 68

/* Weights that are not joined: 21 cycles. */
#define EDGEQ_TAPS_APART(first, second)           \
  "ldr r2, [r0], #4\n\t"                          \
  "ldr r3, [r0], #4\n\t"                          \
  "sxtab16 r4, r11, r2\n\t"                       \
  "sxtab16 r5, r10, r3\n\t"                       \
  "smlad " first ", r4, r5, " first "\n\t"        \
  "sxtab16 r2, r11, r2, ror #8\n\t"               \
  "sxtab16 r3, r10, r3, ror #8\n\t"               \
  "smlad " second ", r2, r3, " second "\n\t"
#define EDGEQ_GROUP_APART                         \
  "ldr r11, [r1], #4\n\t" EDGEQ_EXPAND_INPUTS     \
  EDGEQ_TAPS_APART("r6", "r7") EDGEQ_TAPS_APART("r8", "r9")
#define EDGEQ_GROUP_APART_BYTES 76

/* Groups of an iteration: with all that runs for four neurons they stay in a cache of 1 KB. Twice
 * as many would take 1.3 % fewer cycles. */
#define EDGEQ_GROUPS_AT_ONCE 4
#define EDGEQ_TIMES "4"

typedef struct {
  const int8_t *x;
  uint32_t entry;                  /* of the first iteration, which takes what would be left over */
  uint32_t products;               /* of neighbouring inputs */
  const EDGEQ_FLASH int32_t *bias; /* of the next four neurons, as all below */
  int32_t iterations;
  const int32_t *scale;
  uint32_t step; /* bytes */
  int32_t shift;
  int8_t *y, *last;
  int32_t shared[12]; /* scales of all neurons, which would be read from flash again and again */
} edgeq_neuron_row;

/* Four neurons after the other. The comparison's flags outlive what stands behind it. begin: from
 * biases to sums; finish: from sums to outputs. Instructions of two bytes come in pairs: of four
 * bytes, three in a row that are not aligned to four cost a cycle. */
#define EDGEQ_NEURON_ROW_LOOPS(group, begin, finish) \
  "push {r4-r11, lr}\n\t"                            \
  "mov r12, r1\n\t"                                  \
  "ldr r3, [r12, #4]\n\t"                            \
  "adr.w r2, 2f\n\t"                                 \
  "add r2, r3\n\t"                                   \
  "adds r2, #1\n\t"                                  \
  "str r2, [r12, #4]\n\t"                            \
  "ldrd r3, r2, [r12, #20]\n\t"                      \
  "cbnz r2, 1f\n\t"                                  \
  "add r2, r12, #40\n\t"                             \
  "str r2, [r12, #20]\n\t"                           \
  "ldm r3!, {r4-r9}\n\t"                             \
  "stm r2!, {r4-r9}\n\t"                             \
  "ldm r3, {r4-r9}\n\t"                              \
  "stm r2, {r4-r9}\n"                                \
  ".p2align 2\n"                                     \
  "1:\n\t"                                           \
  "ldm r12, {r1-r4, lr}\n\t"                         \
  "ldm r4!, {r6-r9}\n\t"                             \
  "str r4, [r12, #12]\n\t" begin                     \
  "bx r2\n\t"                                        \
  ".p2align 2\n"                                     \
  "2:\n\t"                                           \
  ".rept " EDGEQ_TIMES "\n\t" group                  \
  ".endr\n\t"                                        \
  "subs lr, #1\n\t"                                  \
  "bne 2b\n\t"                                       \
  "ldrd r1, r2, [r12, #20]\n\t"                      \
  "add r2, r1\n\t" finish                            \
  "cmp r2, r3\n\t"                                   \
  "it hs\n\t"                                        \
  "movhs.w r2, r3\n\t"                               \
  "ssat r6, #8, r6\n\t"                              \
  "ssat r7, #8, r7\n\t"                              \
  "ssat r8, #8, r8\n\t"                              \
  "ssat r9, #8, r9\n\t"                              \
  "strb.w r7, [r2, #1]\n\t"                          \
  "strb r8, [r2, #2]\n\t"                            \
  "strb r9, [r2, #3]\n\t"                            \
  "strb r6, [r2], #4\n\t"                            \
  "str r2, [r12, #32]\n\t"                           \
  "blo 1b\n\t"                                       \
  "pop {r4-r11, pc}\n"

#define EDGEQ_BEGIN_JOINED     \
  "sub r6, r3\n\t"             \
  "sub r8, r3\n\t"
#define EDGEQ_FINISH_JOINED    \
  "subs r7, r6\n\t"            \
  "str r2, [r12, #20]\n\t"     \
  "sub r9, r8\n\t"             \
  "asr r7, r7, #8\n\t"         \
  "asr r9, r9, #8\n\t"
#define EDGEQ_BEGIN_APART      \
  "subs r6, r3\n\t"            \
  "subs r7, r3\n\t"            \
  "sub r8, r3\n\t"             \
  "sub r9, r3\n\t"

#define EDGEQ_FINISH_APART "str r2, [r12, #20]\n\t"

#define EDGEQ_LOAD_PLACE       \
  "ldr r2, [r12, #32]\n\t"     \
  "ldr r3, [r12, #36]\n\t"
#define EDGEQ_FINISH_SINGLE_MULTIPLY                 \
  "ldm r1, {r1-r5, r10, r11, lr}\n\t"                \
  "smmla r6, r6, r1, r5\n\t"                         \
  "smmla r7, r7, r2, r10\n\t"                        \
  "smmla r8, r8, r3, r11\n\t"                        \
  "smmla r9, r9, r4, lr\n\t"                         \
  "ldr r1, [r12, #28]\n\t" EDGEQ_LOAD_PLACE          \
  "asrs r6, r1\n\t"                                  \
  "asrs r7, r1\n\t"                                  \
  "asr r8, r1\n\t"                                   \
  "asr r9, r1\n\t"

/* Whether the rounded product is below 0 is asked of the sum: of a product of 0 both answers give
 * the same output. */
#define EDGEQ_FINISH_DOUBLE_ROUNDING                 \
  "lsls r6, r6, #1\n\t"                              \
  "lsls r7, r7, #1\n\t"                              \
  "lsl r8, r8, #1\n\t"                               \
  "lsl r9, r9, #1\n\t"                               \
  "ldm r1!, {r2-r5, r10, r11}\n\t"                   \
  "smmlar r2, r6, r2, r10\n\t"                       \
  "smmlar r3, r7, r3, r11\n\t"                       \
  "ldm r1!, {r10, r11}\n\t"                          \
  "smmlar r4, r8, r4, r10\n\t"                       \
  "smmlar r5, r9, r5, r11\n\t"                       \
  "add r6, r2, r6, asr #31\n\t"                      \
  "add r7, r3, r7, asr #31\n\t"                      \
  "add r8, r4, r8, asr #31\n\t"                      \
  "add r9, r5, r9, asr #31\n\t"                      \
  "ldm r1, {r2-r5}\n\t"                              \
  "asrs r6, r2\n\t"                                  \
  "asrs r7, r3\n\t"                                  \
  "asr r8, r4\n\t"                                   \
  "asr r9, r5\n\t" EDGEQ_LOAD_PLACE

#define EDGEQ_NEURON_ROW_FUNCTION(name, group, begin, finish)                         \
  EDGEQ_NAKED static void name(const int8_t *weights __attribute__((unused)),         \
                               edgeq_neuron_row *row __attribute__((unused))) {       \
    __asm__(EDGEQ_NEURON_ROW_LOOPS(group, begin, finish));                            \
  }
EDGEQ_NEURON_ROW_FUNCTION(edgeq_joined_neurons_single_multiply, EDGEQ_JOINED_GROUP,
                          EDGEQ_BEGIN_JOINED, EDGEQ_FINISH_JOINED EDGEQ_FINISH_SINGLE_MULTIPLY)
EDGEQ_NEURON_ROW_FUNCTION(edgeq_neurons_apart_single_multiply, EDGEQ_GROUP_APART, EDGEQ_BEGIN_APART,
                          EDGEQ_FINISH_APART EDGEQ_FINISH_SINGLE_MULTIPLY)
EDGEQ_NEURON_ROW_FUNCTION(edgeq_joined_neurons_double_rounding, EDGEQ_JOINED_GROUP,
                          EDGEQ_BEGIN_JOINED, EDGEQ_FINISH_JOINED EDGEQ_FINISH_DOUBLE_ROUNDING)
EDGEQ_NEURON_ROW_FUNCTION(edgeq_neurons_apart_double_rounding, EDGEQ_GROUP_APART, EDGEQ_BEGIN_APART,
                          EDGEQ_FINISH_APART EDGEQ_FINISH_DOUBLE_ROUNDING)

/* The row, with its scales where they are read for every four neurons. */
static inline edgeq_neuron_row edgeq_begin_row(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  const int32_t groups = p->depth >> 2, more = -groups & (EDGEQ_GROUPS_AT_ONCE - 1);
  const int32_t *constants = p->epilogue.constants;
  edgeq_neuron_row row;
  row.x = x;
  row.entry = (uint32_t)(more * (EDGEQ_NEURONS_JOINED(p) ? EDGEQ_JOINED_GROUP_BYTES
                                                         : EDGEQ_GROUP_APART_BYTES));
  row.products = edgeq_input_products(x, groups);
  row.bias = constants;
  row.iterations = (groups + more) / EDGEQ_GROUPS_AT_ONCE;
  row.scale = constants + ((p->neurons + 3) & -4);
  row.step = (uint32_t)p->scale_step << 2;
  row.shift = p->epilogue.shift;
  row.y = y;
  row.last = y + p->neurons - 4;
  return row;
}

EDGEQ_NOINLINE static void edgeq_fully_connected_single_multiply(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  edgeq_neuron_row row = edgeq_begin_row(p, x, y);
  if (EDGEQ_NEURONS_JOINED(p)) {
    edgeq_joined_neurons_single_multiply(p->weights, &row);
  } else {
    edgeq_neurons_apart_single_multiply(p->weights, &row);
  }
}

EDGEQ_NOINLINE static void edgeq_fully_connected_double_rounding(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  edgeq_neuron_row row = edgeq_begin_row(p, x, y);
  if (EDGEQ_NEURONS_JOINED(p)) {
    edgeq_joined_neurons_double_rounding(p->weights, &row);
  } else {
    edgeq_neurons_apart_double_rounding(p->weights, &row);
  }
}

static inline void edgeq_fully_connected_row(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  if (EDGEQ_NEURONS_IN_EIGHTS(p)) {
    edgeq_take_eight_neurons(p, x, y);
    return;
  }
  if (EDGEQ_NEURONS_SINGLE_MULTIPLY(p)) {
    edgeq_fully_connected_single_multiply(p, x, y);
  } else {
    edgeq_fully_connected_double_rounding(p, x, y);
  }
}

#endif
