/* The sums of portable/gemm_tile.h in C, of one filter or two. */
#ifndef EDGEQ_PORTABLE_DUAL_MULTIPLY_H
#define EDGEQ_PORTABLE_DUAL_MULTIPLY_H

#include "common/edgeq_native.h"

/* Adds v and its upper half, of two taps from w and x. */
static inline void edgeq_add_pair(const int8_t *w, const uint32_t *x, uint32_t *whole,
                                  uint32_t *upper) {
  const uint32_t v = (uint32_t)w[0] * x[0] + (uint32_t)w[1] * x[1] + 0x8000u;
  *whole += v;
  *upper += (uint32_t)((int32_t)v >> 16);
}

static inline void edgeq_add_group(const int8_t *w, const uint32_t *x, uint32_t sums[4]) {
  edgeq_add_pair(w, x, &sums[0], &sums[1]);
  edgeq_add_pair(w, x + 2, &sums[2], &sums[3]);
  edgeq_add_pair(w + 2, x + 4, &sums[0], &sums[1]);
  edgeq_add_pair(w + 2, x + 6, &sums[2], &sums[3]);
}

static inline void edgeq_add_filters(const int8_t *w, int32_t next, const uint32_t *x,
                                     uint32_t a[4], uint32_t b[4]) {
  edgeq_add_group(w, x, a);
  if (EDGEQ_TILE_FILTERS == 2) {
    edgeq_add_group(w + next, x, b);
  }
}

static inline void edgeq_dual_multiply_sums(const int8_t *w, int32_t next, const uint32_t *x,
                                            int32_t groups, uint32_t *sums) {
  const uint32_t start = 0u - ((uint32_t)groups << 16); /* a group adds two times 2^15 */
  uint32_t a[4] = {start, 0, start, 0}, b[4] = {start, 0, start, 0};
  for (; groups >= 2; groups -= 2, w += 8, x += 16) {
    edgeq_add_filters(w, next, x, a, b);
    edgeq_add_filters(w + 4, next, x + 8, a, b);
  }
  if (groups > 0) {
    edgeq_add_filters(w, next, x, a, b);
  }
  memcpy(sums, a, sizeof a);
  if (EDGEQ_TILE_FILTERS == 2) {
    memcpy(sums + 4, b, sizeof b);
  }
}

#endif
