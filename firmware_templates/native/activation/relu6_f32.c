#include "common/float32.h"

/* Rendered for
 *   NAME
 *   relu6_f32
 */

/* RELU6, 0 to 6; what is not above 0 is 0, NaN and -0 among it. */
static inline float edgeq_NAME_of(float x) {
  return x > 0.0f ? (x > 6.0f ? 6.0f : x) : 0.0f;
}

#include "activation/elements_f32.h"
