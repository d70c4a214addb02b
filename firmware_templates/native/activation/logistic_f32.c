#include "activation/logistic_f32.h"

/* Rendered for
 *   NAME
 *   logistic_f32
 */

static inline float edgeq_NAME_of(float x) {
  return edgeq_logistic(x);
}

#include "activation/elements_f32.h"
