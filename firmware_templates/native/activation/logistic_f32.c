#include "common/exponential.h"

/* Rendered for
 *   NAME
 *   logistic_f32
 */

/* LOGISTIC: 1 / (1 + e^-x), 0 to 1; its limits beyond -9 and 16.6. */
static inline float edgeq_NAME_of(float x) {
  return x > 16.619047164916992188f ? 1.0f
      : x < -9.0f ? edgeq_exp(x) : 1.0f / (1.0f + edgeq_exp(-x));
}

#include "activation/elements_f32.h"
