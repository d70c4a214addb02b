#include "edgeq_native.h"

/* The output arithmetic of dot products, as edgeq/opkit/output_stage.py chooses it; saturated to int8.
 *
 * one_sided, proved equal to the reference for every sum that the weights allow:
 *     y = (offset + high32((sum + bias) * multiplier)) >> shift
 * otherwise the reference's two roundings, the second with ties away from zero:
 *     v = round(2 * (sum + bias) * multiplier / 2^32),   y = (v + offset - (v < 0)) >> exponent
 */
typedef struct {
  const EDGEQ_FLASH int32_t *constants; /* for each channel; one-sided: bias, multiplier, offset;
                                           two-sided: 2 * bias, multiplier, offset, exponent */
  uint8_t one_sided, shift;
  uint8_t clamped;
  int8_t activation_min, activation_max; /* a range within int8, for edgeq_clamp_outputs afterwards */
} edgeq_output_stage;

/* x from -128 to 127; |x| < 2^31 - 384. */
static inline int32_t edgeq_saturate_s8(int32_t x) {
#if defined(__ARM_FEATURE_DSP) || defined(__ARM_FEATURE_SAT)
  int32_t y;
  __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
  return y;
#else
  int32_t above = x + 127;
  above |= edgeq_sign(above); /* x + 127, or -1 for all x down from -128 */
  return edgeq_negative_part(above - 254) + 127;
#endif
}

static inline int8_t edgeq_one_sided(int32_t sum, int32_t bias, int32_t multiplier, int32_t offset, int32_t shift) {
  const int32_t total = edgeq_wrapping_add(sum, bias);
  return (int8_t)edgeq_saturate_s8((offset + edgeq_high_word(total, multiplier)) >> shift);
}

/* twice_bias, scale[0], scale[step] and scale[2 * step]: the channel's constants. */
static inline int8_t edgeq_two_sided(int32_t sum, int32_t twice_bias, const EDGEQ_FLASH int32_t *scale, int32_t step) {
  const int32_t doubled = edgeq_wrapping_add(twice_bias, (int32_t)((uint32_t)sum << 1));
  const int32_t v = edgeq_high_word_rounded(doubled, scale[0]);
  return (int8_t)edgeq_saturate_s8((v + scale[step] + (v >> 31)) >> scale[2 * step]);
}

/* The fused activation of outputs that are saturated already. */
EDGEQ_ONCE static void edgeq_clamp_outputs(const EDGEQ_FLASH edgeq_output_stage *stage, int8_t *y, int32_t count) {
  if (stage->clamped) {
    EDGEQ_ROLLED
    for (; count > 0; --count, ++y) {
      *y = (int8_t)edgeq_smaller(edgeq_larger(*y, stage->activation_min), stage->activation_max);
      EDGEQ_AS_WRITTEN;
    }
  }
}
