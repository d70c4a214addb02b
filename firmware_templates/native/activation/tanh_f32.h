#ifndef EDGEQ_TANH_F32_H
#define EDGEQ_TANH_F32_H

#include "common/expm1.h"

/* tanh x, within 2 units of the last place; NaN for NaN. tanh|x| = 1 - 2 / (expm1(2|x|) + 2), and
 * for |x| < 1 -t / (t + 2) with t = expm1(-2|x|). */
static float edgeq_tanh(float x) {
  const float magnitude = x < 0.0f ? -x : x;
  float y;
  if (!(magnitude >= 0x1p-55f)) {
    return x;
  }
  if (magnitude >= 22.0f) {
    y = 1.0f;
  } else if (magnitude >= 1.0f) {
    y = 1.0f - 2.0f / (edgeq_expm1(2.0f * magnitude) + 2.0f);
  } else {
    const float t = edgeq_expm1(-2.0f * magnitude);
    y = -t / (t + 2.0f);
  }
  return x < 0.0f ? -y : y;
}

#endif
