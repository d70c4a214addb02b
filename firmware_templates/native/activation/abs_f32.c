#include "common/float32.h"

/* Rendered for
 *   NAME
 *   abs_f32
 */

/* ABS; not negative. */
static inline float edgeq_NAME_of(float x) {
  return x > 0.0f ? x : 0.0f - x;
}

#include "activation/elements_f32.h"
