#include "edgeq_native.h"

/* The output arithmetic of dot products, as edgeq/opkit/output_stage.py chooses it. Three constants for each channel:
 *
 * one_sided, proved equal to the reference for every sum that the weights allow, full int8 range:
 *     y = (offset + high32((sum + bias) * multiplier)) >> shift
 * otherwise the reference's two roundings for a factor of multiplier * 2^(-31 - exponent):
 *     y = round(round((sum + bias) * multiplier / 2^31) / 2^exponent) + output_zero_point
 */
typedef struct {
  int32_t one_sided, shift;
  int32_t output_zero_point, activation_min, activation_max;
  const EDGEQ_FLASH int32_t *constants; /* [channels][3]: bias, multiplier, offset or exponent; even many channels */
} edgeq_output_stage;

static inline int32_t edgeq_saturate_s8(int32_t x) {
#if defined(__ARM_FEATURE_DSP) || defined(__ARM_FEATURE_SAT)
  int32_t y;
  __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
  return y;
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
}

/* The one-sided form; channel: its three constants. */
static inline int8_t edgeq_one_sided(int32_t sum, int32_t bias, int32_t multiplier, int32_t offset, int32_t shift) {
  const int32_t total = edgeq_wrapping_add(sum, bias);
  return (int8_t)edgeq_saturate_s8((offset + (int32_t)(((int64_t)total * multiplier) >> 32)) >> shift);
}

/* The two-sided form; 1 <= exponent <= 31. */
static inline int8_t edgeq_two_sided(int32_t sum, int32_t bias, int32_t multiplier, int32_t exponent,
                                     const EDGEQ_FLASH edgeq_output_stage *stage) {
  const int32_t total = edgeq_wrapping_add(sum, bias);
  const int32_t rounded = (int32_t)(((int64_t)total * multiplier + ((int64_t)1 << 30)) >> 31);
  const int32_t scaled = (rounded + ((int32_t)1 << (exponent - 1)) - (rounded < 0)) >> exponent;
  return (int8_t)edgeq_clamp(scaled + stage->output_zero_point, stage->activation_min, stage->activation_max);
}

/* One sum to its output; channel: the channel's three constants. */
static inline int8_t edgeq_output(int32_t sum, const EDGEQ_FLASH int32_t *channel,
                                  const EDGEQ_FLASH edgeq_output_stage *stage) {
  return stage->one_sided ? edgeq_one_sided(sum, channel[0], channel[1], channel[2], stage->shift)
                          : edgeq_two_sided(sum, channel[0], channel[1], channel[2], stage);
}
