/* The requantization epilogue of fully_connected_neurons.c on cores with Helium, four neurons at a
 * time. */
#ifndef EDGEQ_HELIUM_NEURONS_EPILOGUE_H
#define EDGEQ_HELIUM_NEURONS_EPILOGUE_H

#include "arch/helium/requantize.h"

static inline void edgeq_finish_single_multiply(const int32_t sums[4],
                                                const EDGEQ_FLASH int32_t *scale, int32_t shift,
                                                int8_t *y) {
  const int32x4_t high = vmulhq_s32(vldrwq_s32(sums), vldrwq_s32(scale));
  edgeq_store_4(y, vidupq_n_u32(0, 1), vshlq_r_s32(vaddq_s32(high, vldrwq_s32(scale + 4)), -shift));
}

static inline void edgeq_finish_double_rounding(const int32_t sums[4],
                                                const EDGEQ_FLASH int32_t *scale, int8_t *y) {
  const int32x4_t v = vrmulhq_s32(vshlq_n_s32(vldrwq_s32(sums), 1), vldrwq_s32(scale));
  const int32x4_t raised = vaddq_s32(vaddq_s32(v, vshrq_n_s32(v, 31)), vldrwq_s32(scale + 4));
  edgeq_store_4(y, vidupq_n_u32(0, 1), vshlq_s32(raised, vnegq_s32(vldrwq_s32(scale + 8))));
}

#endif
