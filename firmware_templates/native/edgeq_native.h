/* What every native kernel shares: the integer arithmetic and a few words about the core it runs on.
 *
 * The arithmetic is TFLite's reference (double rounding), the C twin of edgeq/fixedpoint. A real factor s is held
 * as multiplier * 2^(shift - 31) with 2^30 <= multiplier < 2^31, or 0 for no effect.
 */
#ifndef EDGEQ_NATIVE_H
#define EDGEQ_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "choose.h"
#include "products.h"

/* Constants stay in flash. On AVR a 24-bit pointer reads program memory beyond 64 KB, and RAM as well. */
#if defined(__AVR__)
#define EDGEQ_FLASH __memx
#if !defined(__clang__)
#pragma GCC optimize("no-ipa-cp") /* GCC 5 breaks off at a member's flash address that it knows to be constant */
#endif
#else
#define EDGEQ_FLASH
#endif

/* Four bytes at a 4-byte aligned address as one word, without punning types. The builtin stays a load or store even in
 * freestanding builds, where memcpy is a call. */
#if defined(__GNUC__) && !defined(__AVR__)
#define EDGEQ_ALIGNED __attribute__((aligned(4)))
#define EDGEQ_COPY_WORD(to, from) \
  __builtin_memcpy(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(from, 4), 4)
#else
#define EDGEQ_ALIGNED
#define EDGEQ_COPY_WORD(to, from) memcpy(to, from, 4)
#endif

/* Whether loops are unrolled by hand. */
#if defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_UNROLLED 0
#else
#define EDGEQ_UNROLLED 1
#endif

/* Sizes of a layer, 0 to 65,535 unless the model has larger ones. 32 bits where sums of 16 would have no more, and for
 * Helium, whose loops are so short that it counts that one instruction loads two words. */
#if defined(EDGEQ_WIDE_EXTENTS) || !defined(__SIZEOF_INT__) || __SIZEOF_INT__ < 4 || \
    (defined(__ARM_FEATURE_MVE) && EDGEQ_UNROLLED)
typedef int32_t edgeq_extent;
#else
typedef uint16_t edgeq_extent;
#endif

/* Those that most models have from 0 to 255. */
#if defined(EDGEQ_SMALL_EXTENTS) && defined(__SIZEOF_INT__) && __SIZEOF_INT__ >= 4
typedef uint8_t edgeq_small_extent;
#else
typedef edgeq_extent edgeq_small_extent;
#endif

/* Keeps a hot loop in a function of its own, where it has all registers to itself. GCC must not specialise it either:
 * an inline assembly whose operands became constants has run out of registers at -O3. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define EDGEQ_NOINLINE __attribute__((noipa))
#elif defined(__GNUC__)
#define EDGEQ_NOINLINE __attribute__((noinline))
#else
#define EDGEQ_NOINLINE
#endif

/* Keeps what several layers share in one copy, which compilers may still fit to what the layers have in common. */
#if defined(__GNUC__)
#define EDGEQ_ONCE __attribute__((noinline, unused))
#else
#define EDGEQ_ONCE
#endif

/* Before a loop that is unrolled as far as it pays: clang would go on, and spill. */
#if defined(__clang__)
#define EDGEQ_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define EDGEQ_ROLLED
#endif

/* Hides from compilers what a variable may be: from the range of a narrow field GCC draws conclusions that cost more
 * registers than there are. */
#if defined(__GNUC__) && !defined(__AVR__)
#define EDGEQ_ANY(x) __asm__("" : "+r"(x))
#else
#define EDGEQ_ANY(x) ((void)(x))
#endif

/* In a loop of few turns: keeps it as it is written. Unrolled, or made a division, it spends more than on its turns. */
#if defined(__GNUC__)
#define EDGEQ_AS_WRITTEN __asm__ volatile("")
#else
#define EDGEQ_AS_WRITTEN (void)0
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
  const uint32_t mask = ((uint32_t)1 << exponent) - 1u, threshold = (mask >> 1) + ((uint32_t)x >> 31);
  uint32_t beyond = threshold - ((uint32_t)x & mask);
  EDGEQ_OPAQUE(beyond);
  return (x >> exponent) + (int32_t)(beyond >> 31);
}

/* x * multiplier * 2^(shift - 31), rounded twice; a positive shift wraps as a 32-bit register does. */
static inline int32_t edgeq_multiply_by_quantized_multiplier(int32_t x, int32_t multiplier, int shift) {
  const int32_t right = -edgeq_negative_part(shift);
  const int32_t shifted = (int32_t)((uint32_t)x << (shift + right));
  return edgeq_rounding_divide_by_pot(edgeq_saturating_rounding_doubling_high_mul(shifted, multiplier), (int)right);
}

/* a + b as a 32-bit register keeps it: modulo 2^32, where C leaves a signed overflow undefined. */
static inline int32_t edgeq_wrapping_add(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* An accumulator to a quantized output: x * multiplier * 2^(shift - 31) + zero_point, clamped. */
static inline int32_t edgeq_requantize(int32_t x, int32_t multiplier, int shift, int32_t zero_point, int32_t low,
                                       int32_t high) {
  const int32_t scaled = edgeq_multiply_by_quantized_multiplier(x, multiplier, shift);
  return edgeq_clamp(edgeq_wrapping_add(scaled, zero_point), low, high);
}

#endif
