#include "common/float32.h"

/* Rendered for
 *   NAME
 *   neg_f32
 */

/* NEG. */
static inline float edgeq_NAME_of(float x) {
  return -x;
}

#include "activation/elements_f32.h"
