/* What the QUANTIZE kernels share. */
#ifndef EDGEQ_QUANTIZE_H
#define EDGEQ_QUANTIZE_H

#include "edgeq_native.h"

typedef struct {
  int32_t elements;
  int32_t x_zero_point, y_zero_point;
  int32_t multiplier; /* of x_scale / y_scale */
  int8_t shift;
} edgeq_rescale_params;

typedef struct {
  int32_t elements;
  float scale;
  int32_t zero_point;
} edgeq_from_real_params;

/* x on the output's scale, low to high; sums wrap as 32-bit registers do. */
static inline int32_t edgeq_rescale(const EDGEQ_FLASH edgeq_rescale_params *p, int32_t x, int32_t low, int32_t high) {
  const int32_t centred = (int32_t)((uint32_t)x - (uint32_t)p->x_zero_point);
  return edgeq_requantize(centred, p->multiplier, p->shift, p->y_zero_point, low, high);
}

/* x / scale + zero_point, ties away from zero, low to high; NaN gives the zero point. */
static inline int32_t edgeq_from_real(const EDGEQ_FLASH edgeq_from_real_params *p, float x, int32_t low, int32_t high) {
  const float scaled = x / p->scale;
  if (scaled >= (float)(high - p->zero_point)) {
    return high;
  }
  if (scaled <= (float)(low - p->zero_point)) {
    return low;
  }
  if (scaled != scaled) {
    return p->zero_point;
  }
  const int32_t whole = (int32_t)scaled;
  const float rest = scaled - (float)whole;
  return p->zero_point + whole + (rest >= 0.5f) - (rest <= -0.5f);
}

#endif
