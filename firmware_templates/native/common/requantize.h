/* The requantization epilogue: the output arithmetic of dot products. */
#ifndef EDGEQ_REQUANTIZE_H
#define EDGEQ_REQUANTIZE_H

#include "common/edgeq_native.h"

/* How sums become outputs, as edgeq/opkit/epilogue.py chooses it; saturated to int8.
 *
 * single_multiply, proved equal to the reference for every sum that the weights allow:
 *     y = (offset + high32((sum + bias) * multiplier)) >> shift
 * otherwise the reference's two roundings, the second with ties away from zero:
 *     v = round(2 * (sum + bias) * multiplier / 2^32),   y = (v + offset - (v < 0)) >> exponent
 */
typedef struct {
  /* For each channel; single-multiply: bias, multiplier, offset; double-rounding: 2 * bias,
   * multiplier, offset, exponent. */
  const EDGEQ_FLASH int32_t *constants;
  uint8_t single_multiply, shift;
  uint8_t clamped;
  /* A range within int8, for edgeq_clamp_outputs afterwards. */
  int8_t activation_min, activation_max;
  /* Whether neighbours of two filters or neurons whose weights lie in turns are one number, 256
   * times the second plus the first (opkit/joined_weights.py), so that their sums are separated. */
  uint8_t joined;
} edgeq_epilogue;

#include EDGEQ_SATURATE

static inline int8_t edgeq_single_multiply(int32_t sum, int32_t bias, int32_t multiplier,
                                           int32_t offset, int32_t shift) {
  const int32_t total = edgeq_wrapping_add(sum, bias);
  return (int8_t)edgeq_saturate_s8((offset + edgeq_high_word(total, multiplier)) >> shift);
}

/* twice_bias, scale[0], scale[step] and scale[2 * step]: the channel's constants. */
static inline int8_t edgeq_double_rounding(int32_t sum, int32_t twice_bias,
                                           const EDGEQ_FLASH int32_t *scale, int32_t step) {
  const int32_t doubled = edgeq_wrapping_add(twice_bias, (int32_t)((uint32_t)sum << 1));
  const int32_t v = edgeq_high_word_rounded(doubled, scale[0]);
  return (int8_t)edgeq_saturate_s8((v + scale[step] + (v >> 31)) >> scale[2 * step]);
}

/* The fused activation of outputs that are saturated already. */
EDGEQ_ONCE static void edgeq_clamp_outputs(const EDGEQ_FLASH edgeq_epilogue *epilogue, int8_t *y,
                                           int32_t count) {
  if (epilogue->clamped) {
    EDGEQ_ROLLED
    for (; count > 0; --count, ++y) {
      *y = (int8_t)edgeq_smaller(edgeq_larger(*y, epilogue->activation_min),
                                 epilogue->activation_max);
      EDGEQ_AS_WRITTEN;
    }
  }
}

#endif
