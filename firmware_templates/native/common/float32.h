/* Float arithmetic that gives the same bits on every core, with a floating-point unit or without
 * one: every operation is rounded by itself, to nearest. */
#ifndef EDGEQ_FLOAT32_H
#define EDGEQ_FLOAT32_H

#include <float.h>
#include <math.h>

#include "arch/float_unit.h"
#include "common/edgeq_native.h"

#if defined(__FAST_MATH__)
#error "float layers need IEEE arithmetic: build without -ffast-math"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "float layers need float arithmetic in float: build for SSE2, not for x87"
#endif
EDGEQ_ROUND_PRODUCTS

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
