/* Columns for cores with ARM's DSP extension: int16, each group as the taps (0, 2) of all columns,
 * then the taps (1, 3), the order in which SXTB16 expands the filters. Contract:
 * convolution/gemm_tile.h. */
#ifndef EDGEQ_ARM_DSP_GEMM_TILE_H
#define EDGEQ_ARM_DSP_GEMM_TILE_H

#include "convolution/tap_groups.h"

typedef int16_t edgeq_tap;

/* Expands a group of x to its two words of a column. */
#define EDGEQ_EXPAND_GROUP(group)                      \
  "sxtb16 %[even], %[" group "]\n\t"                   \
  "sxtb16 %[" group "], %[" group "], ror #8\n\t"      \
  "str %[even], [%[to]], #16\n\t"                      \
  "str %[" group "], [%[to]], #16\n\t"
#define EDGEQ_LOAD_GROUP(group) "ldr %[" group "], [%[x]], #4\n\t"

/* Four groups are loaded together: 21 cycles of a Cortex-M4, one by one 24. */
EDGEQ_NOINLINE static void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x,
                                             int32_t groups) {
  edgeq_tap *to = columns + 2 * which;
  uint32_t even, a, b, c, d;
  for (; EDGEQ_UNROLLED && groups >= 4; groups -= 4) {
    __asm__ volatile(
        EDGEQ_LOAD_GROUP("a") EDGEQ_LOAD_GROUP("b") EDGEQ_LOAD_GROUP("c") EDGEQ_LOAD_GROUP("d")
            EDGEQ_EXPAND_GROUP("a") EDGEQ_EXPAND_GROUP("b") EDGEQ_EXPAND_GROUP("c")
                EDGEQ_EXPAND_GROUP("d")
        : [x] "+r"(x), [to] "+r"(to), [even] "=&r"(even), [a] "=&r"(a), [b] "=&r"(b),
          [c] "=&r"(c), [d] "=&r"(d)
        :
        : "memory");
  }
  for (; groups > 0; --groups) {
    __asm__ volatile(EDGEQ_LOAD_GROUP("a") EDGEQ_EXPAND_GROUP("a")
                     : [x] "+r"(x), [to] "+r"(to), [even] "=&r"(even), [a] "=&r"(a)
                     :
                     : "memory");
  }
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
