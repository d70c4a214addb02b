#include "common/sine_f32.h"

/* Rendered for
 *   NAME
 *   sin_f32
 */

/* SIN. */
static inline float edgeq_NAME_of(float x) {
  return edgeq_sine(x);
}

#include "activation/elements_f32.h"
