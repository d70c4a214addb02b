#include "common/sine_f32.h"

/* Rendered for
 *   NAME
 *   cos_f32
 */

/* COS. */
static inline float edgeq_NAME_of(float x) {
  return edgeq_cosine(x);
}

#include "activation/elements_f32.h"
