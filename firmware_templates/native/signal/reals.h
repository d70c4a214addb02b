/* Rendered for the rows of the files that include it. */
#include "common/float32.h"

static inline float edgeq_NAME_times(float x, float factor) {
  return edgeq_product(x, factor);
}

/* a * c - b * d and a * c + b * d. */
static inline float edgeq_NAME_less(float a, float c, float b, float d) {
  return edgeq_product(a, c) - edgeq_product(b, d);
}

static inline float edgeq_NAME_more(float a, float c, float b, float d) {
  return edgeq_product(a, c) + edgeq_product(b, d);
}

/* Reals are not scaled down on the way. */
static inline float edgeq_NAME_divided(float x, int32_t by) {
  (void)by;
  return x;
}

static inline float edgeq_NAME_sum(float a, float b) {
  return a + b;
}

static inline float edgeq_NAME_difference(float a, float b) {
  return a - b;
}

static inline float edgeq_NAME_half_sum(float a, float b) {
  return (a + b) * 0.5f;
}

static inline float edgeq_NAME_half_difference(float a, float b) {
  return (a - b) * 0.5f;
}
