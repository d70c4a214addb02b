/* Saturation to int8 and int16 by ARM's SSAT. */
#ifndef EDGEQ_THUMB2_SATURATE_H
#define EDGEQ_THUMB2_SATURATE_H

#include "common/choose.h"

/* x from -128 to 127. */
static inline int32_t edgeq_saturate_s8(int32_t x) {
  int32_t y;
  __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
  return y;
}

/* x from -32768 to 32767. */
static inline int32_t edgeq_saturate_s16(int32_t x) {
  int32_t y;
  __asm__("ssat %0, #16, %1" : "=r"(y) : "r"(x));
  return y;
}

#endif
