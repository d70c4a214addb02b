#include "common/square_root.h"

/* Rendered for
 *   NAME
 *   rsqrt_f32
 */

/* RSQRT. */
static inline float edgeq_NAME_of(float x) {
  return 1.0f / edgeq_sqrt(x);
}

#include "activation/elements_f32.h"
