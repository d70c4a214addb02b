/* The output stage of fully_connected_units.c on cores with Helium, four units at a time. */
#include "requantize_mve.h"

static inline void edgeq_finish_one_sided(const int32_t sums[4], const EDGEQ_FLASH int32_t *scale, int32_t shift,
                                          int8_t *y) {
  const int32x4_t high = vmulhq_s32(vldrwq_s32(sums), vldrwq_s32(scale));
  edgeq_store_4(y, vidupq_n_u32(0, 1), vshlq_r_s32(vaddq_s32(high, vldrwq_s32(scale + 4)), -shift));
}

static inline void edgeq_finish_two_sided(const int32_t sums[4], const EDGEQ_FLASH int32_t *scale, int8_t *y) {
  const int32x4_t v = vrmulhq_s32(vshlq_n_s32(vldrwq_s32(sums), 1), vldrwq_s32(scale));
  const int32x4_t raised = vaddq_s32(vaddq_s32(v, vshrq_n_s32(v, 31)), vldrwq_s32(scale + 4));
  edgeq_store_4(y, vidupq_n_u32(0, 1), vshlq_s32(raised, vnegq_s32(vldrwq_s32(scale + 8))));
}
