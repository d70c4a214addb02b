/* Activations quantized during inference, the C twin of edgeq/opkit/dynamic.py. */
#ifndef EDGEQ_DYNAMIC_H
#define EDGEQ_DYNAMIC_H

#include "common/float32.h"

#if DBL_MANT_DIG < 53
#error "scales computed during inference need a double of 64 bits: build with -mdouble=64"
#endif

typedef struct {
  float scale;
  int32_t zero_point;
} edgeq_scale_found;

/* Nearest whole number, ties away from 0, least to 127; what no int32 can hold is the least. */
static inline int8_t edgeq_nearest_step(float x, int32_t least) {
  if (!(x > -1073741824.0f && x < 1073741824.0f)) {
    return (int8_t)(x > 0.0f && x < 2147483648.0f ? 127 : least);
  }
  const int32_t halves = (int32_t)(x + x);
  return (int8_t)edgeq_clamp((halves + (halves < 0 ? -1 : 1)) / 2, least, 127);
}

/* The zero point that puts low or high exactly on a step, whichever is nearer to one; 0 where one
 * of them is infinite. */
static inline int32_t edgeq_zero_point_found(double low, double high, double scale) {
  const double below = -low / scale, above = high / scale;
  const double exact = 128.0 + below < 127.0 + above ? -128.0 + below : 127.0 - above;
  if (exact != exact) {
    return 0;
  }
  if (exact <= -128.0) {
    return -128;
  }
  if (exact >= 127.0) {
    return 127;
  }
  const int32_t whole = (int32_t)exact;
  const double rest = exact - (double)whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
}

/* x [n] on 256 steps from its least to its largest value, 0 included, into q [n]; all 0 gives scale
 * 1. */
static edgeq_scale_found edgeq_quantize_asymmetric(const float *x, int32_t n, int8_t *q) {
  float low = 0.0f, high = 0.0f;
  for (int32_t i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  edgeq_scale_found found = {1.0f, 0};
  if (low == high) {
    memset(q, 0, (size_t)n);
    return found;
  }
  const double scale = ((double)high - (double)low) / 255.0;
  found.scale = (float)scale;
  found.zero_point = edgeq_zero_point_found((double)low, (double)high, scale);
  const float inverse = 1.0f / found.scale, zero = (float)found.zero_point;
  for (int32_t i = 0; i < n; ++i) {
    q[i] = edgeq_nearest_step(edgeq_add_product(zero, x[i], inverse), -128);
  }
  return found;
}

/* x [n] on 255 steps around 0 into q [n]; all 0 gives scale 1. */
static edgeq_scale_found edgeq_quantize_symmetric(const float *x, int32_t n, int8_t *q) {
  float reach = 0.0f;
  for (int32_t i = 0; i < n; ++i) {
    const float magnitude = x[i] < 0.0f ? -x[i] : x[i];
    reach = magnitude > reach ? magnitude : reach;
  }
  edgeq_scale_found found = {1.0f, 0};
  if (reach == 0.0f) {
    memset(q, 0, (size_t)n);
    return found;
  }
  found.scale = reach / 127.0f;
  const float inverse = 127.0f / reach;
  for (int32_t i = 0; i < n; ++i) {
    q[i] = edgeq_nearest_step(x[i] * inverse, -127);
  }
  return found;
}

static inline edgeq_scale_found edgeq_quantize_found(const float *x, int32_t n, int8_t *q,
                                                     int symmetric) {
  return symmetric ? edgeq_quantize_symmetric(x, n, q) : edgeq_quantize_asymmetric(x, n, q);
}

#endif
