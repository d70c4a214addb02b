/* Columns for cores whose multiplier takes bytes: int8 [groups][4 columns][4 taps]. */
#ifndef EDGEQ_AVR_GEMM_TILE_H
#define EDGEQ_AVR_GEMM_TILE_H

#include "convolution/tap_groups.h"

typedef int8_t edgeq_tap;

/* `groups` groups of 4 taps from 4-byte aligned x into column `which`; columns: the first group's
 * place. */
EDGEQ_NOINLINE static void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x,
                                             int32_t groups) {
  for (edgeq_tap *to = columns + 4 * which; groups > 0; --groups, x += 4, to += EDGEQ_GROUP_TAPS) {
    EDGEQ_COPY_WORD(to, x);
  }
}

EDGEQ_NOINLINE static void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value,
                                                   int32_t groups) {
  const uint32_t word = (uint32_t)(value & 255) * 0x01010101u;
  for (edgeq_tap *to = columns + 4 * which; groups > 0; --groups, to += EDGEQ_GROUP_TAPS) {
    EDGEQ_COPY_WORD(to, &word);
  }
}

static inline void edgeq_gemm_tile(const EDGEQ_FLASH int8_t *w, int32_t next, const edgeq_tap *x,
                                   int32_t groups, int32_t sums[4]) {
  (void)next;
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (; groups > 0; --groups, w += 4, x += EDGEQ_GROUP_TAPS) {
    for (int32_t t = 0; t < 4; ++t) {
      const int8_t weight = w[t];
      a += weight * x[t];
      b += weight * x[4 + t];
      c += weight * x[8 + t];
      d += weight * x[12 + t];
    }
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

#endif
