/* What every native kernel shares: the integer arithmetic and a few words about the core it runs
 * on.
 *
 * The arithmetic is TFLite's reference (double rounding), the C twin of edgeq/fixedpoint. A real
 * factor s is held as multiplier * 2^(shift - 31) with 2^30 <= multiplier < 2^31, or 0 for no
 * effect.
 */
#ifndef EDGEQ_NATIVE_H
#define EDGEQ_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arch/arch.h"
#include "common/choose.h"
#include "common/compiler.h"
#include "common/products.h"

/* Sizes of a layer, 0 to 65,535 unless the model has larger ones; 32 bits where sums of 16 would
 * have no more. */
#if defined(EDGEQ_WIDE_EXTENTS) || !EDGEQ_WIDE_INT || (EDGEQ_WORD_EXTENTS && EDGEQ_UNROLLED)
typedef int32_t edgeq_extent;
#else
typedef uint16_t edgeq_extent;
#endif

/* Those that most models have from 0 to 255. */
#if defined(EDGEQ_SMALL_EXTENTS) && EDGEQ_WIDE_INT
typedef uint8_t edgeq_small_extent;
#else
typedef edgeq_extent edgeq_small_extent;
#endif

/* The inputs or outputs of a kernel that takes any number of them, of any type. */
#define EDGEQ_INPUTS(...) ((const EDGEQ_FLASH void *const[]){__VA_ARGS__})
#define EDGEQ_OUTPUTS(...) ((void *const[]){__VA_ARGS__})

/* Kernels are private to the model's one translation unit, so that two models link together. */
#ifndef EDGEQ_KERNEL
#define EDGEQ_KERNEL static
#endif

/* a * b / 2^31 to nearest, ties up; INT32_MIN * INT32_MIN saturates. (gemmlowp; ARM's SQRDMULH) */
static inline int32_t edgeq_saturating_rounding_doubling_high_mul(int32_t a, int32_t b) {
  const int32_t high = edgeq_rounding_doubling_high_mul(a, b);
  return high ^ ((a & b & high) >> 31); /* all three are below 0 in that case alone */
}

/* x / 2^exponent to nearest, ties away from zero; 0 <= exponent <= 31. */
static inline int32_t edgeq_rounding_divide_by_pot(int32_t x, int exponent) {
  const uint32_t mask = ((uint32_t)1 << exponent) - 1u,
                 threshold = (mask >> 1) + ((uint32_t)x >> 31);
  uint32_t beyond = threshold - ((uint32_t)x & mask);
  EDGEQ_OPAQUE(beyond);
  return (x >> exponent) + (int32_t)(beyond >> 31);
}

/* x * multiplier * 2^(shift - 31), rounded twice; a positive shift wraps as a 32-bit register
 * does. */
static inline int32_t edgeq_multiply_by_quantized_multiplier(int32_t x, int32_t multiplier,
                                                             int shift) {
  const int32_t right = -edgeq_negative_part(shift);
  const int32_t shifted = (int32_t)((uint32_t)x << (shift + right));
  return edgeq_rounding_divide_by_pot(
      edgeq_saturating_rounding_doubling_high_mul(shifted, multiplier), (int)right);
}

/* a + b as a 32-bit register keeps it: modulo 2^32, where C leaves a signed overflow undefined. */
static inline int32_t edgeq_wrapping_add(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* An accumulator to a quantized output: x * multiplier * 2^(shift - 31) + zero_point, clamped. */
static inline int32_t edgeq_requantize(int32_t x, int32_t multiplier, int shift, int32_t zero_point,
                                       int32_t low, int32_t high) {
  const int32_t scaled = edgeq_multiply_by_quantized_multiplier(x, multiplier, shift);
  return edgeq_clamp(edgeq_wrapping_add(scaled, zero_point), low, high);
}

#endif
