/* Eight joined neurons of one scale at a time, on cores with ARM's DSP extension: part of
 * neuron_row.h.
 *
 * Their sums leave four registers, so that words of weights are loaded two at a time, but inputs
 * are loaded and expanded half as often as for four neurons. */
#ifndef EDGEQ_ARM_DSP_EIGHT_NEURONS_H
#define EDGEQ_ARM_DSP_EIGHT_NEURONS_H

#include "arch/arm_dsp/paired_taps.h"
#include "fully_connected/neuron_layer.h"

typedef struct {
  const int8_t *x;
  uint32_t entry;    /* address where the first iteration starts, with the remaining groups */
  uint32_t products; /* of neighbouring inputs */
  uint32_t bias;     /* where y is 0 */
  int32_t multiplier, offset;
  int32_t shift; /* rounding twice: the exponent, all bits inverted */
  int8_t *y, *y_end;
  const int8_t *x_end;
} edgeq_eight_neurons;

/* Registers: r0 weights, r1 inputs, r2 and r3 words of weights, r10 and r11 inputs of even and of
 * odd taps; sums, the first of each pair before the joined one: r4 to r9, r12, lr. On the stack:
 * the edgeq_eight_neurons and the end of the inputs.
 *
 * Four taps of eight neurons: 32 products in 35 cycles of a Cortex-M4, 20 more for the flash of a
 * Nucleo-L4R5ZI. load_end, is_end: put into r10 and compared where an iteration ends. */
#define EDGEQ_GROUP_OF_EIGHT(load_end, is_end)                            \
  "ldr r11, [r1], #4\n\t" load_end                                        \
  "ldr r2, [r0, #8]\n\t"                                                  \
  "ldr r3, [r0, #12]\n\t" is_end EDGEQ_EXPAND_INPUTS                      \
  EDGEQ_JOINED_TAPS("r2", "r3", "r4", "r5")                               \
  "ldrd r2, r3, [r0, #16]\n\t" EDGEQ_JOINED_TAPS("r2", "r3", "r6", "r7")  \
  "ldrd r2, r3, [r0, #24]\n\t" EDGEQ_JOINED_TAPS("r2", "r3", "r8", "r9")  \
  "ldrd r2, r3, [r0, #32]!\n\t" EDGEQ_JOINED_TAPS("r2", "r3", "r12", "lr")
#define EDGEQ_GROUP_OF_EIGHT_BYTES 108

/* Groups of an iteration: with all that runs for eight neurons they stay in a cache of 1 KB. */
#define EDGEQ_GROUPS_OF_EIGHT 5
#define EDGEQ_GROUPS_BEFORE_THE_LAST "4"

/* From a sum, or 256 times one, to what is shifted to an output. Whether the rounded product is
 * below 0 is asked of the sum: of a product of 0 both answers give the same output. */
#define EDGEQ_ROUND_TWICE(shift, by, sum)         \
  shift ".w " sum ", " sum ", #" by "\n\t"         \
  "smmlar r10, " sum ", r2, r3\n\t"               \
  "add " sum ", r10, " sum ", asr #31\n\t"

EDGEQ_NAKED static void edgeq_rows_of_eight(const int8_t *weights __attribute__((unused)),
                                            edgeq_eight_neurons *row __attribute__((unused))) {
  __asm__(
      "push {r4-r11, lr}\n\t"
      "ldr r2, [r1, #36]\n\t"
      "push {r1, r2}\n\t"
      "adr.w r3, 2f\n\t"
      "ldr r2, [r1, #4]\n\t"
      "add r2, r3\n\t"
      "adds r2, #1\n\t"
      "str r2, [r1, #4]\n\t"
      "ldr r3, [r1, #28]\n\t"
      "subs r0, #8\n"
      ".p2align 2\n"
      "1:\n\t"
      "ldm.w r1, {r1, r2, r10, r11}\n\t"
      "add r11, r11, r3, lsl #2\n\t"
      "ldm r11, {r4-r9, r12, lr}\n\t"
      "sub r4, r10\n\t"
      "sub r6, r10\n\t"
      "sub r8, r10\n\t"
      "sub r12, r10\n\t"
      "bx r2\n"
      ".p2align 2\n"
      "2:\n\t"
      ".rept " EDGEQ_GROUPS_BEFORE_THE_LAST "\n\t" EDGEQ_GROUP_OF_EIGHT("", "")
      ".endr\n\t" EDGEQ_GROUP_OF_EIGHT("ldr.w r10, [sp, #4]\n\t", "cmp.w r1, r10\n\t")
      "bne.w 2b\n\t"
      "ldr r1, [sp]\n\t"
      "subs r5, r5, r4\n\t"
      "sub.w r7, r7, r6\n\t"
      "sub r9, r9, r8\n\t"
      "sub lr, lr, r12\n\t"
      "ldr r2, [r1, #16]\n\t"
      "ldr r3, [r1, #20]\n\t"
      "ldr r11, [r1, #24]\n\t"
      "cmp.w r11, #0\n\t"
      "bmi.w 3f\n\t"
      "smmla r4, r4, r2, r3\n\t"
      "smmla r6, r6, r2, r3\n\t"
      "smmla r8, r8, r2, r3\n\t"
      "smmla r12, r12, r2, r3\n\t"
      "lsl r10, r3, #8\n\t"
      "smmla r5, r5, r2, r10\n\t"
      "smmla r7, r7, r2, r10\n\t"
      "smmla r9, r9, r2, r10\n\t"
      "smmla lr, lr, r2, r10\n\t"
      "add r2, r11, #8\n"
      "4:\n\t"
      "ldr.w r3, [r1, #28]\n\t"
      "ldr r10, [r1, #32]\n\t"
      "asr r4, r4, r11\n\t"
      "asr r6, r6, r11\n\t"
      "asr r8, r8, r11\n\t"
      "asr r12, r12, r11\n\t"
      "asrs r5, r2\n\t"
      "asrs r7, r2\n\t"
      "asr r9, r9, r2\n\t"
      "asr lr, lr, r2\n\t"
      "ssat r4, #8, r4\n\t"
      "ssat r5, #8, r5\n\t"
      "ssat r6, #8, r6\n\t"
      "ssat r7, #8, r7\n\t"
      "ssat r8, #8, r8\n\t"
      "ssat r9, #8, r9\n\t"
      "ssat r12, #8, r12\n\t"
      "ssat lr, #8, lr\n\t"
      "strb r5, [r3, #1]\n\t"
      "strb r6, [r3, #2]\n\t"
      "strb.w r7, [r3, #3]\n\t"
      "strb r8, [r3, #4]\n\t"
      "strb r9, [r3, #5]\n\t"
      "strb r12, [r3, #6]\n\t"
      "strb lr, [r3, #7]\n\t"
      "strb r4, [r3], #8\n\t"
      "str r3, [r1, #28]\n\t"
      "cmp r3, r10\n\t"
      "blo.w 1b\n\t"
      "add sp, #8\n\t"
      "pop {r4-r11, pc}\n"
      ".p2align 2\n"
      "3:\n\t" EDGEQ_ROUND_TWICE("lsl", "1", "r4") EDGEQ_ROUND_TWICE("asr", "7", "r5")
          EDGEQ_ROUND_TWICE("lsl", "1", "r6") EDGEQ_ROUND_TWICE("asr", "7", "r7")
              EDGEQ_ROUND_TWICE("lsl", "1", "r8") EDGEQ_ROUND_TWICE("asr", "7", "r9")
                  EDGEQ_ROUND_TWICE("lsl", "1", "r12") EDGEQ_ROUND_TWICE("asr", "7", "lr")
      "mvn r11, r11\n\t"
      "mov r2, r11\n\t"
      "b 4b\n");
}

EDGEQ_NOINLINE static void edgeq_take_eight_neurons(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  const int32_t groups = p->depth >> 2,
                iterations = (groups + EDGEQ_GROUPS_OF_EIGHT - 1) / EDGEQ_GROUPS_OF_EIGHT,
                *scale = p->epilogue.constants + p->neurons;
  edgeq_eight_neurons row;
  row.x = x;
  row.entry =
      (uint32_t)(iterations * EDGEQ_GROUPS_OF_EIGHT - groups) * EDGEQ_GROUP_OF_EIGHT_BYTES;
  row.products = edgeq_input_products(x, groups);
  row.bias = (uint32_t)p->epilogue.constants - 4 * (uint32_t)y;
  row.multiplier = scale[0];
  row.offset = scale[4];
  row.shift = EDGEQ_NEURONS_SINGLE_MULTIPLY(p) ? p->epilogue.shift : ~scale[8];
  row.y = y;
  row.y_end = y + p->neurons;
  row.x_end = x + p->depth;
  edgeq_rows_of_eight(p->weights, &row);
}

#endif
