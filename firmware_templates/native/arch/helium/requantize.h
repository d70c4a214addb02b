/* The output arithmetic on four sums at a time, for cores with Helium. */
#ifndef EDGEQ_HELIUM_REQUANTIZE_H
#define EDGEQ_HELIUM_REQUANTIZE_H

#include <arm_mve.h>

#include "common/edgeq_native.h"

static inline int32x4_t edgeq_single_multiply_4(int32x4_t sums, const EDGEQ_FLASH int32_t *channel,
                                                int32_t shift) {
  const int32x4_t high = vmulhq_s32(vaddq_n_s32(sums, channel[0]), vdupq_n_s32(channel[1]));
  return vshlq_r_s32(vaddq_n_s32(high, channel[2]), -shift);
}

static inline int32x4_t edgeq_double_rounding_4(int32x4_t sums,
                                                const EDGEQ_FLASH int32_t *channel) {
  const int32x4_t doubled = vaddq_n_s32(vshlq_n_s32(sums, 1), channel[0]);
  const int32x4_t v = vrmulhq_s32(doubled, vdupq_n_s32(channel[1]));
  const int32x4_t below = vshrq_n_s32(v, 31);
  return vshlq_r_s32(vaddq_n_s32(vaddq_s32(v, below), channel[2]), -channel[3]);
}

/* Each lane, saturated to int8, to its place from y. GCC 12 copies what VQMOVNB narrows in
 * place. */
static inline void edgeq_store_4(int8_t *y, uint32x4_t places, int32x4_t x) {
  __asm__(
      "vqmovnb.s32 %q[x], %q[x]\n\t"
      "vqmovnb.s16 %q[x], %q[x]"
      : [x] "+w"(x));
  vstrbq_scatter_offset_s32(y, places, x);
}

#endif
