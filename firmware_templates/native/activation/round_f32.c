#include "common/float32.h"

/* Rendered for
 *   NAME
 *   round_f32
 */

/* ROUND, ties to even; what rounds up to 0 is +0. */
static inline float edgeq_NAME_of(float x) {
  if (!(x > -0x1p23f && x < 0x1p23f) || x == 0.0f) { /* whole, infinite or NaN */
    return x;
  }
  const float cut = (float)(int32_t)x, floor = cut > x ? cut - 1.0f : cut;
  const float beyond = x - floor;
  const int up = beyond > 0.5f || (beyond == 0.5f && ((int32_t)floor & 1));
  return up ? floor + 1.0f : floor;
}

#include "activation/elements_f32.h"
