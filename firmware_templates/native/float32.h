/* Float arithmetic that gives the same bits on every core, with a floating-point unit or without one: every operation
 * is rounded by itself, to nearest. */
#ifndef EDGEQ_FLOAT32_H
#define EDGEQ_FLOAT32_H

#include <float.h>
#include <math.h>

#include "edgeq_native.h"

#if defined(__FAST_MATH__)
#error "float layers need IEEE arithmetic: build without -ffast-math"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "float layers need float arithmetic in float: build for SSE2, not for x87"
#endif
#if defined(__clang__) || !defined(__GNUC__)
#pragma STDC FP_CONTRACT OFF
#endif

/* Keeps a product from being fused with the sum behind it, which would round once where the reference rounds twice. GCC
 * fuses across statements and knows no FP_CONTRACT. Cores without a unit for the type have nothing to fuse. */
#if !defined(__GNUC__) || defined(__AVR__)
#define EDGEQ_ROUNDED(product) (void)0
#elif defined(__aarch64__)
#define EDGEQ_ROUNDED(product) __asm__("" : "+w"(product))
#elif defined(__arm__)
#if defined(__ARM_FP) && (__ARM_FP & 4)
#define EDGEQ_ROUNDED(product) __asm__("" : "+t"(product))
#else
#define EDGEQ_ROUNDED(product) (void)0
#endif
#elif defined(__riscv)
#if defined(__riscv_flen)
#define EDGEQ_ROUNDED(product) __asm__("" : "+f"(product))
#else
#define EDGEQ_ROUNDED(product) (void)0
#endif
#elif defined(__SSE2__)
#define EDGEQ_ROUNDED(product) __asm__("" : "+x"(product))
#else
#define EDGEQ_ROUNDED(product) __asm__("" : "+m"(product))
#endif

/* A product that is not fused with the sum behind it. */
static inline float edgeq_product(float a, float b) {
  float product = a * b;
  EDGEQ_ROUNDED(product);
  return product;
}

/* sum + a * b, both rounded. */
static inline float edgeq_add_product(float sum, float a, float b) {
  return sum + edgeq_product(a, b);
}

/* x within its bounds; NaN and -0 stay. (ActivationFunctionWithMinMax) */
static inline float edgeq_bound(float x, float low, float high) {
  return x < low ? low : high < x ? high : x;
}

#endif
