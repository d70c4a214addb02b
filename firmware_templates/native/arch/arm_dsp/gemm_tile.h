/* Columns for cores with ARM's DSP extension: int16, each group as the taps (0, 2) of all columns,
 * then the taps (1, 3), the order in which SXTB16 expands the filters. Contract:
 * convolution/gemm_tile.h. */
#ifndef EDGEQ_ARM_DSP_GEMM_TILE_H
#define EDGEQ_ARM_DSP_GEMM_TILE_H

#include "convolution/tap_groups.h"

typedef int16_t edgeq_tap;

/* Expands a group to its two words of a column. */
#define EDGEQ_EXPAND_GROUP(group)               \
  "sxtb16 r12, " group "\n\t"                   \
  "sxtb16 " group ", " group ", ror #8\n\t"     \
  "str r12, [r0], #16\n\t"                      \
  "str " group ", [r0], #16\n\t"
#define EDGEQ_EXPAND_4_GROUPS                                                     \
  "subs r3, #4\n\t"                                                               \
  "blt 2f\n\t"                                                                    \
  ".p2align 2\n"                                                                  \
  "1:\n\t"                                                                        \
  "ldr r1, [r2], #4\n\t"                                                          \
  "ldr r4, [r2], #4\n\t"                                                          \
  "ldr r5, [r2], #4\n\t"                                                          \
  "ldr r6, [r2], #4\n\t" EDGEQ_EXPAND_GROUP("r1") EDGEQ_EXPAND_GROUP("r4")        \
  EDGEQ_EXPAND_GROUP("r5") EDGEQ_EXPAND_GROUP("r6")                               \
  "subs r3, #4\n\t"                                                               \
  "bge 1b\n"                                                                      \
  "2:\n\t"                                                                        \
  "adds r3, #4\n\t"                                                               \
  "beq 4f\n\t"

/* Registers: r0 column, r2 taps, r3 groups. Four groups are loaded together: 24 cycles of a
 * Cortex-M4 with their loop, one by one 36. */
EDGEQ_NAKED static void edgeq_fill_groups(edgeq_tap *columns __attribute__((unused)),
                                          int32_t which __attribute__((unused)),
                                          const int8_t *x __attribute__((unused)),
                                          int32_t groups __attribute__((unused))) {
#if defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_EXPAND_FIRST_GROUPS "cbz r3, 4f\n\t"
#else
#define EDGEQ_EXPAND_FIRST_GROUPS EDGEQ_EXPAND_4_GROUPS
#endif
  __asm__(
      "push {r4-r6}\n\t"
      "add r0, r0, r1, lsl #2\n\t" EDGEQ_EXPAND_FIRST_GROUPS ".p2align 2\n"
      "3:\n\t"
      "ldr r1, [r2], #4\n\t" EDGEQ_EXPAND_GROUP("r1")
      "subs r3, #1\n\t"
      "bne 3b\n"
      "4:\n\t"
      "pop {r4-r6}\n\t"
      "bx lr\n");
}

EDGEQ_NOINLINE static void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value,
                                                   int32_t groups) {
  const uint32_t word = (uint32_t)(value & 0xffff) * 0x00010001u;
  for (edgeq_tap *to = columns + 2 * which; groups > 0; --groups, to += 16) {
    EDGEQ_COPY_WORD(to, &word);
    EDGEQ_COPY_WORD(to + 8, &word);
  }
}

/* One group: 4 taps of a filter, 4 columns, 16 multiplications in 13 instructions. LDM takes
 * registers in ascending order, so the columns' words have fixed ones. */
#define EDGEQ_GROUP_4                 \
  "ldr %[w4], [%[w]], #4\n\t"         \
  "ldmia %[x]!, {r2, r3, r4, r5}\n\t" \
  "sxtb16 %[e], %[w4]\n\t"            \
  "sxtb16 %[w4], %[w4], ror #8\n\t"   \
  "smlad %[a], %[e], r2, %[a]\n\t"    \
  "smlad %[b], %[e], r3, %[b]\n\t"    \
  "smlad %[c], %[e], r4, %[c]\n\t"    \
  "smlad %[d], %[e], r5, %[d]\n\t"    \
  "ldmia %[x]!, {r2, r3, r4, r5}\n\t" \
  "smlad %[a], %[w4], r2, %[a]\n\t"   \
  "smlad %[b], %[w4], r3, %[b]\n\t"   \
  "smlad %[c], %[w4], r4, %[c]\n\t"   \
  "smlad %[d], %[w4], r5, %[d]\n\t"
#define EDGEQ_ADD_GROUPS_4(text)                                                          \
  __asm__(text                                                                            \
          : [w] "+r"(w), [x] "+r"(x), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), \
            [w4] "=&r"(w4), [e] "=&r"(e)                                                  \
          :                                                                               \
          : "r2", "r3", "r4", "r5", "memory")

/* Compilers spill in this loop; written out, nothing leaves the registers. */
static inline void edgeq_gemm_tile(const EDGEQ_FLASH int8_t *w, int32_t next, const edgeq_tap *x,
                                   int32_t groups, int32_t sums[4]) {
  (void)next;
  int32_t a = 0, b = 0, c = 0, d = 0;
  uint32_t w4, e;
#if defined(EDGEQ_OPTIMIZE_SIZE)
  for (; groups > 0; --groups) {
    EDGEQ_ADD_GROUPS_4(EDGEQ_GROUP_4);
  }
#else
  for (int32_t fours = groups >> 2; fours > 0; --fours) {
    EDGEQ_ADD_GROUPS_4(EDGEQ_GROUP_4 EDGEQ_GROUP_4 EDGEQ_GROUP_4 EDGEQ_GROUP_4);
  }
  if (groups & 2) {
    EDGEQ_ADD_GROUPS_4(EDGEQ_GROUP_4 EDGEQ_GROUP_4);
  }
  if (groups & 1) {
    EDGEQ_ADD_GROUPS_4(EDGEQ_GROUP_4);
  }
#endif
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

#endif
