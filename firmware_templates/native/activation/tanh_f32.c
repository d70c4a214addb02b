#include "common/expm1.h"

typedef struct {
  int32_t elements;
} edgeq_tanh_f32_params;

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

/* TANH on float32.
 * x: [elements]
 * y: [elements], -1 to 1; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_tanh_f32(const EDGEQ_FLASH edgeq_tanh_f32_params *p, const float *x,
                                 float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = edgeq_tanh(x[i]);
  }
}
