/* Real values to integers: QUANTIZE of float, and of what affine operators in front of it make. */
#ifndef EDGEQ_REAL_H
#define EDGEQ_REAL_H

#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
  float scale;
  int32_t zero_point;
} edgeq_from_real_params;

/* x / scale + zero_point, ties away from zero, low to high; NaN gives the zero point. */
static inline int32_t edgeq_from_real(
    const EDGEQ_FLASH edgeq_from_real_params *p, float x, int32_t low, int32_t high) {
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
