/* The requantization epilogue of convolutions in C. */
#ifndef EDGEQ_PORTABLE_GEMM_EPILOGUE_H
#define EDGEQ_PORTABLE_GEMM_EPILOGUE_H

#include "convolution/conv_2d_gather.h"

/* The outputs of a tile's pixels from their columns. at: where each lies from y, 0 for a pixel that
 * does not exist, which the first one then overwrites. Filters left over at the end are computed
 * one after the other, each as often as filters go together. */
EDGEQ_NOINLINE static void edgeq_conv_2d_single_multiply(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[EDGEQ_TILE_PIXELS]) {
  const EDGEQ_FLASH int32_t *channel = p->epilogue.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  int32_t shift = p->epilogue.shift, groups = p->tap_groups;
  EDGEQ_ANY(shift);
  EDGEQ_ANY(groups);
  const int32_t second = at[1 % EDGEQ_TILE_PIXELS], third = at[2 % EDGEQ_TILE_PIXELS],
                fourth = at[3 % EDGEQ_TILE_PIXELS];
  for (int32_t left = p->output_channels; left > 0; left -= EDGEQ_TILE_FILTERS) {
    const int32_t step = left >= EDGEQ_TILE_FILTERS;
    int32_t sums[EDGEQ_TILE_PIXELS * EDGEQ_TILE_FILTERS];
    edgeq_gemm_tile(weights, step * 4 * groups, columns, groups, sums);
    for (int32_t i = 0; i < EDGEQ_TILE_FILTERS;
         ++i, y += step, channel += 3 * step, weights += step * 4 * groups) {
      const int32_t bias = channel[0], multiplier = channel[1], offset = channel[2];
      if (EDGEQ_UNROLLED && EDGEQ_TILE_PIXELS == 4) {
        y[fourth] =
            edgeq_single_multiply(sums[EDGEQ_TILE_PIXELS * i + 3], bias, multiplier, offset, shift);
        y[third] =
            edgeq_single_multiply(sums[EDGEQ_TILE_PIXELS * i + 2], bias, multiplier, offset, shift);
        y[second] =
            edgeq_single_multiply(sums[EDGEQ_TILE_PIXELS * i + 1], bias, multiplier, offset, shift);
        *y = edgeq_single_multiply(sums[EDGEQ_TILE_PIXELS * i], bias, multiplier, offset, shift);
      } else {
        EDGEQ_ROLLED
        for (int32_t k = EDGEQ_TILE_PIXELS - 1; k >= 0; --k) {
          y[at[k]] = edgeq_single_multiply(sums[EDGEQ_TILE_PIXELS * i + k], bias, multiplier,
                                           offset, shift);
        }
      }
    }
#if EDGEQ_TILE_FILTERS > 2
    if (!step) { /* one of those that are left */
      left += EDGEQ_TILE_FILTERS - 1;
      ++y;
      channel += 3;
      weights += 4 * groups;
    }
#endif
  }
}

/* Their outputs in the double-rounding form. */
EDGEQ_NOINLINE static void edgeq_conv_2d_double_rounding(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const edgeq_tap *columns, int8_t *y,
    const int32_t at[EDGEQ_TILE_PIXELS]) {
  const EDGEQ_FLASH int32_t *channel = p->epilogue.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  int32_t groups = p->tap_groups;
  EDGEQ_ANY(groups);
  for (int32_t left = p->output_channels; left > 0; left -= EDGEQ_TILE_FILTERS) {
    const int32_t step = left >= EDGEQ_TILE_FILTERS;
    int32_t sums[EDGEQ_TILE_PIXELS * EDGEQ_TILE_FILTERS];
    edgeq_gemm_tile(weights, step * 4 * groups, columns, groups, sums);
    for (int32_t i = 0; i < EDGEQ_TILE_FILTERS;
         ++i, y += step, channel += 4 * step, weights += step * 4 * groups) {
      for (int32_t k = EDGEQ_TILE_PIXELS - 1; k >= 0; --k) {
        y[at[k]] =
            edgeq_double_rounding(sums[EDGEQ_TILE_PIXELS * i + k], channel[0], channel + 1, 1);
      }
    }
#if EDGEQ_TILE_FILTERS > 2
    if (!step) { /* one of those that are left */
      left += EDGEQ_TILE_FILTERS - 1;
      ++y;
      channel += 4;
      weights += 4 * groups;
    }
#endif
  }
}

#endif
