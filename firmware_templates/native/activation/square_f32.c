#include "common/float32.h"

/* Rendered for
 *   NAME
 *   square_f32
 */

/* SQUARE. */
static inline float edgeq_NAME_of(float x) {
  return x * x;
}

#include "activation/elements_f32.h"
