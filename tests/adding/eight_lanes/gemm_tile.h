/* Columns of int16 [groups][4 taps][8 columns], so that a tap of all columns is one vector. */
#ifndef EDGEQ_EIGHT_LANES_GEMM_TILE_H
#define EDGEQ_EIGHT_LANES_GEMM_TILE_H

#include "convolution/tap_groups.h"

typedef int16_t edgeq_tap;

static inline void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x,
                                     int32_t groups) {
  for (int32_t t = 0; t < 4 * groups; ++t) {
    columns[EDGEQ_TILE_PIXELS * t + which] = x[t];
  }
}

static inline void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value,
                                           int32_t groups) {
  for (int32_t t = 0; t < 4 * groups; ++t) {
    columns[EDGEQ_TILE_PIXELS * t + which] = (edgeq_tap)value;
  }
}

static inline void edgeq_gemm_tile(const EDGEQ_FLASH int8_t *w, int32_t next, const edgeq_tap *x,
                                   int32_t groups, int32_t *sums) {
  for (int32_t i = 0; i < EDGEQ_TILE_FILTERS; ++i, w += next) {
    uint32_t lanes[EDGEQ_TILE_PIXELS] = {0}; /* of a pixel that does not exist they may wrap */
    for (int32_t t = 0; t < 4 * groups; ++t) {
      for (int32_t k = 0; k < EDGEQ_TILE_PIXELS; ++k) {
        lanes[k] += (uint32_t)(w[t] * x[EDGEQ_TILE_PIXELS * t + k]);
      }
    }
    memcpy(sums + EDGEQ_TILE_PIXELS * i, lanes, sizeof lanes);
  }
}

#endif
