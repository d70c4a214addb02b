#include "common/square_root.h"

/* Rendered for
 *   NAME
 *   rsqrt_f32
 */

/* RSQRT. A NaN stays the one it is: software division on some cores makes another of it. */
static inline float edgeq_NAME_of(float x) {
  const float root = edgeq_sqrt(x);
  return root >= 0.0f ? 1.0f / root : root;
}

#include "activation/elements_f32.h"
