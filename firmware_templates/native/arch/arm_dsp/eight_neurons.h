/* Eight joined neurons of one scale at a time, on cores with ARM's DSP extension: part of
 * neuron_row.h. opkit/eight_neurons.py says which layers, and their constants.
 *
 * Their sums leave four registers, so that words of weights are loaded two at a time, but inputs
 * are loaded and expanded half as often as for four neurons. All is one function of assembly: with
 * what calls it, it stays in a cache of 1 KB from layer to layer. */
#ifndef EDGEQ_ARM_DSP_EIGHT_NEURONS_H
#define EDGEQ_ARM_DSP_EIGHT_NEURONS_H

#include "arch/arm_dsp/paired_taps.h"
#include "fully_connected/neuron_layer.h"

/* Registers: r0 weights, r1 inputs, r2 and r3 words of weights, r10 and r11 inputs of even and of
 * odd taps; sums, the first of each pair before the joined one: r4 to r9, r12, lr.
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
#define EDGEQ_BYTES_OF_AN_INPUT "27" /* a quarter of a group's code */

/* Products of four inputs. */
#define EDGEQ_ADD_PRODUCTS(x)             \
  "sxtb16 r12, " x "\n\t"                 \
  "sxtb16 " x ", " x ", ror #8\n\t"       \
  "smlad r7, r12, " x ", r7\n\t"

/* From the sums of a pair, the second one joined, to 256 times those of its neurons. r10: 256 times
 * the products of inputs. */
#define EDGEQ_PART_SUMS(first, second)                \
  "rsb " first ", r10, " first ", lsl #8\n\t"         \
  "sub " second ", " second ", " first ", asr #8\n\t"

/* From 256 times a sum to what is shifted to an output, r1: the multiplier, negative, r2: the
 * offset. Whether the rounded product is below 0 is asked of the sum: of a product of 0 both
 * answers give the same output. */
#define EDGEQ_ROUND_TWICE(sum)            \
  "asr " sum ", " sum ", #7\n\t"          \
  "smmlsr r10, " sum ", r1, r2\n\t"       \
  "add " sum ", r10, " sum ", asr #31\n\t"

/* All eight in turns. */
#define EDGEQ_OF_EIGHT(step)                                                  \
  step("r4") step("r5") step("r6") step("r7") step("r8") step("r9") step("r12") step("lr")
#define EDGEQ_ROUND_ONCE(sum) "smmla " sum ", " sum ", r1, r2\n\t"
#define EDGEQ_SHIFT_BY_9(sum) "ssat " sum ", #8, " sum ", asr #9\n\t"
#define EDGEQ_SHIFT(sum) "asr " sum ", " sum ", r2\n\t"
#define EDGEQ_SATURATE_SUM(sum) "ssat " sum ", #8, " sum "\n\t"

/* A row. constants: biases [neurons], multiplier, offset, exponent. On the stack, from sp on:
 * multiplier, offset, the next of y, 256 times the products of inputs, the end of y; x, where the
 * first iteration starts with the groups that do not fill one, where biases would be if y were 0,
 * the end of x, the exponent. */
EDGEQ_NAKED static void edgeq_rows_of_eight(
    const int32_t *constants __attribute__((unused)), const int8_t *x __attribute__((unused)),
    int8_t *y __attribute__((unused)), int32_t depth __attribute__((unused)),
    int32_t neurons __attribute__((unused)), const int8_t *weights __attribute__((unused))) {
  __asm__(
      "push.w {r4-r11, lr}\n\t"
      "mov r4, r1\n\t"
      "movs r7, #0\n\t"
      "lsrs r5, r3, #4\n\t"
      "beq 2f\n"
      "1:\n\t"
      "ldm.w r4!, {r6, r8, r9, r10}\n\t" EDGEQ_ADD_PRODUCTS("r6") EDGEQ_ADD_PRODUCTS("r8")
          EDGEQ_ADD_PRODUCTS("r9") EDGEQ_ADD_PRODUCTS("r10")
      "subs r5, #1\n\t"
      "bne 1b\n"
      "2:\n\t"
      "ands r5, r3, #12\n\t"
      "beq 2f\n"
      "1:\n\t"
      "ldr r6, [r4], #4\n\t" EDGEQ_ADD_PRODUCTS("r6")
      "subs r5, #4\n\t"
      "bne 1b\n"
      "2:\n\t"
      "mov r12, r4\n\t"
      "lsls r7, r7, #8\n\t"
      "mov r6, r2\n\t"
      "mov r9, r1\n\t"
      "ldrd r8, r1, [sp, #36]\n\t"
      "sub r11, r0, r2, lsl #2\n\t"
      "add r0, r0, r8, lsl #2\n\t"
      "add r8, r2\n\t"
      "ldm r0, {r4, r5, lr}\n\t"
      "negs r3, r3\n\t"
      "and r3, r3, #12\n\t"
      "movs r0, #" EDGEQ_BYTES_OF_AN_INPUT "\n\t"
      "muls r3, r0, r3\n\t"
      "adr.w r10, 1f\n\t"
      "adds r3, #1\n\t"
      "add r10, r3\n\t"
      "push.w {r4-r12, lr}\n\t"
      "sub r0, r1, #8\n\t"
      "mov r3, r6\n\t"
      "b 4f\n"
      ".p2align 2\n"
      "1:\n\t"
      ".rept 3\n\t" EDGEQ_GROUP_OF_EIGHT("", "")
      ".endr\n\t" EDGEQ_GROUP_OF_EIGHT("ldr.w r10, [sp, #32]\n\t", "cmp.w r1, r10\n\t")
      "bne.w 1b\n\t"
      "ldm.w sp, {r1-r3, r10, r11}\n\t" EDGEQ_PART_SUMS("r4", "r5") EDGEQ_PART_SUMS("r6", "r7")
          EDGEQ_PART_SUMS("r8", "r9") EDGEQ_PART_SUMS("r12", "lr")
      "cmp r1, #0\n\t"
      "blt 6f\n\t" EDGEQ_OF_EIGHT(EDGEQ_ROUND_ONCE)
      "2:\n\t" EDGEQ_OF_EIGHT(EDGEQ_SHIFT_BY_9)
      "3:\n\t"
      "strb r5, [r3, #1]\n\t"
      "strb r6, [r3, #2]\n\t"
      "strb r7, [r3, #3]\n\t"
      "strb r8, [r3, #4]\n\t"
      "strb r9, [r3, #5]\n\t"
      "strb r12, [r3, #6]\n\t"
      "strb lr, [r3, #7]\n\t"
      "strb r4, [r3], #8\n\t"
      "cmp r3, r11\n\t"
      "bhs 5f\n"
      "4:\n\t"
      "ldr r11, [sp, #28]\n\t"
      "ldr r2, [sp, #24]\n\t"
      "ldr r1, [sp, #20]\n\t"
      "add r11, r11, r3, lsl #2\n\t"
      "str r3, [sp, #8]\n\t"
      "ldm r11, {r4-r9, r12, lr}\n\t"
      "bx r2\n"
      "5:\n\t"
      "add sp, #40\n\t"
      "pop {r4-r11, pc}\n"
      ".p2align 2\n"
      "6:\n\t" EDGEQ_OF_EIGHT(EDGEQ_ROUND_TWICE)
      "ldr r2, [sp, #36]\n\t"
      "cmp r2, #9\n\t"
      "beq 2b\n\t" EDGEQ_OF_EIGHT(EDGEQ_SHIFT) EDGEQ_OF_EIGHT(EDGEQ_SATURATE_SUM)
      "b 3b\n");
}

static inline void edgeq_take_eight_neurons(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  edgeq_rows_of_eight(p->epilogue.constants, x, y, p->depth, p->neurons, p->weights);
}

#endif
