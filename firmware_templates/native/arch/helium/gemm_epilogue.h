/* The outputs of convolutions on cores with Helium, four pixels of a channel at a time. */
#ifndef EDGEQ_HELIUM_GEMM_EPILOGUE_H
#define EDGEQ_HELIUM_GEMM_EPILOGUE_H

#include "convolution/conv_2d_gather.h"

/* Pixels that do not exist become the first one, over which they are written. */
EDGEQ_NOINLINE static void edgeq_conv_2d_repeat_first(edgeq_tap *columns, int32_t groups,
                                                      const int32_t at[4]) {
  for (int32_t i = 0; i < groups; i += 4, columns += 4 * EDGEQ_GROUP_TAPS) {
    for (int32_t k = 1; k < EDGEQ_TILE_PIXELS; ++k) {
      if (at[k] == 0) {
        vstrbq_s8(columns + 16 * k, vldrbq_s8(columns));
      }
    }
  }
}

/* Where four pixels lie from y. */
static inline uint32x4_t edgeq_conv_2d_places(edgeq_tap *columns, int32_t groups,
                                              const int32_t at[4]) {
  if (at[EDGEQ_TILE_PIXELS - 1] == 0) {
    edgeq_conv_2d_repeat_first(columns, groups, at);
  }
  return vreinterpretq_u32_s32(vldrwq_s32(at));
}

/* The outputs of four pixels from their columns. at: where each lies from y, 0 for a pixel that
 * does not exist. */
EDGEQ_NOINLINE static void edgeq_conv_2d_single_multiply(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  const EDGEQ_FLASH int32_t *channel = p->epilogue.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t shift = p->epilogue.shift, taps = 4 * p->tap_groups,
                more = taps > 16 ? taps - 16 : 0;
  const uint32x4_t places = edgeq_conv_2d_places(columns, p->tap_groups, at);
  for (int8_t *const end = y + p->output_channels; y != end; ++y, weights += taps, channel += 3) {
    const int32x4_t sums = edgeq_dot_vector(weights, columns, taps, more);
    edgeq_store_4(y, places, edgeq_single_multiply_4(sums, channel, shift));
  }
}

/* Their outputs in the double-rounding form. */
EDGEQ_NOINLINE static void edgeq_conv_2d_double_rounding(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, edgeq_tap *columns, int8_t *y,
    const int32_t at[4]) {
  const EDGEQ_FLASH int32_t *channel = p->epilogue.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t taps = 4 * p->tap_groups, more = taps > 16 ? taps - 16 : 0;
  const uint32x4_t places = edgeq_conv_2d_places(columns, p->tap_groups, at);
  for (int8_t *const end = y + p->output_channels; y != end; ++y, weights += taps, channel += 4) {
    const int32x4_t sums = edgeq_dot_vector(weights, columns, taps, more);
    edgeq_store_4(y, places, edgeq_double_rounding_4(sums, channel));
  }
}

#endif
