#include "common/float32.h"

/* Rendered for
 *   NAME
 *   floor_f32
 */

/* FLOOR. */
static inline float edgeq_NAME_of(float x) {
  if (!(x > -0x1p23f && x < 0x1p23f)) { /* whole, infinite or NaN */
    return x;
  }
  const float whole = (float)(int32_t)x;
  return whole == x ? x : whole > x ? whole - 1.0f : whole;
}

#include "activation/elements_f32.h"
