/* Saturation to int8 and int16 without a branch, in C. */
#ifndef EDGEQ_PORTABLE_SATURATE_H
#define EDGEQ_PORTABLE_SATURATE_H

#include "common/choose.h"

/* x from -128 to 127; |x| < 2^31 - 384. */
static inline int32_t edgeq_saturate_s8(int32_t x) {
  int32_t above = x + 127;
  above |= edgeq_sign(above); /* x + 127, or -1 for all x down from -128 */
  return edgeq_negative_part(above - 254) + 127;
}

/* x from -32768 to 32767; |x| < 2^31 - 2^17. */
static inline int32_t edgeq_saturate_s16(int32_t x) {
  int32_t above = x + INT16_MAX;
  above |= edgeq_sign(above);
  return edgeq_negative_part(above - (INT32_C(2) * INT16_MAX)) + INT16_MAX;
}

#endif
