#include "common/square_root.h"

/* Rendered for
 *   NAME
 *   sqrt_f32
 */

/* SQRT. */
static inline float edgeq_NAME_of(float x) {
  return edgeq_sqrt(x);
}

#include "activation/elements_f32.h"
