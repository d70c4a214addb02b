#include "common/expm1.h"

/* Rendered for
 *   NAME
 *   elu_f32
 */

/* ELU: x, below 0 e^x - 1; at least -1. */
static inline float edgeq_NAME_of(float x) {
  return x < 0.0f ? edgeq_expm1(x) : x;
}

#include "activation/elements_f32.h"
