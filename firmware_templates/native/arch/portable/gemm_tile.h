/* Columns for cores with a 32-bit multiplier and no SIMD: uint32 [groups][8], each word a tap of
 * two columns, p and q, as p + 2^16 * q. One multiplication by a weight serves both columns, and
 * two products of taps next to each other fit each half:
 *
 *     v = w0 * (p0 + 2^16 * q0) + w1 * (p1 + 2^16 * q1),   -2^15 <= w0 * p0 + w1 * p1 < 2^15
 *     (opkit/im2col.py)
 *     sum over q = sum of (v + 2^15) >> 16,   sum over p = sum of v - 2^16 * sum over q   modulo
 *     2^32
 *
 * A group: the columns 0 and 1 at the taps 0, 1, the columns 2 and 3 at them, then the same at the
 * taps 2, 3. */
#ifndef EDGEQ_PORTABLE_GEMM_TILE_H
#define EDGEQ_PORTABLE_GEMM_TILE_H

#include "convolution/tap_groups.h"

typedef uint32_t edgeq_tap;

/* `groups` groups of 4 taps from x into column `which`, the even columns first; columns: the first
 * group's place. */
EDGEQ_NOINLINE static void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x,
                                             int32_t groups) {
  edgeq_tap *to = columns + (which & 2);
  if (which & 1) {
    EDGEQ_ROLLED
    for (; groups > 0; --groups, x += 4, to += EDGEQ_GROUP_TAPS) {
      to[0] += (uint32_t)x[0] << 16;
      to[1] += (uint32_t)x[1] << 16;
      to[4] += (uint32_t)x[2] << 16;
      to[5] += (uint32_t)x[3] << 16;
    }
  } else {
    EDGEQ_ROLLED
    for (; groups > 0; --groups, x += 4, to += EDGEQ_GROUP_TAPS) {
      to[0] = (uint32_t)x[0];
      to[1] = (uint32_t)x[1];
      to[4] = (uint32_t)x[2];
      to[5] = (uint32_t)x[3];
    }
  }
}

EDGEQ_NOINLINE static void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value,
                                                   int32_t groups) {
  const uint32_t keep = 0u - ((uint32_t)which & 1), add = (uint32_t)value << (which & 1 ? 16 : 0);
  for (edgeq_tap *to = columns + (which & 2); groups > 0; --groups, to += EDGEQ_GROUP_TAPS) {
    to[0] = (to[0] & keep) + add;
    to[1] = (to[1] & keep) + add;
    to[4] = (to[4] & keep) + add;
    to[5] = (to[5] & keep) + add;
  }
}

/* EDGEQ_DUAL_MULTIPLY has edgeq_dual_multiply_sums: for each filter the sums over v, then over the
 * upper halves, of the columns 0 and 1, then of the columns 2 and 3. */
#include EDGEQ_DUAL_MULTIPLY

static inline void edgeq_gemm_tile(const EDGEQ_FLASH int8_t *w, int32_t next, const edgeq_tap *x,
                                   int32_t groups, int32_t *sums) {
  uint32_t pairs[4 * EDGEQ_TILE_FILTERS];
  edgeq_dual_multiply_sums(w, next, x, groups, pairs);
  for (int32_t i = 0; i < 4 * EDGEQ_TILE_FILTERS; i += 2) {
    sums[i] = (int32_t)(pairs[i] - (pairs[i + 1] << 16));
    sums[i + 1] = (int32_t)pairs[i + 1];
  }
}

#endif
