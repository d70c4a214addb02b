/* Division of integers in as many instructions for every value: by hardware it takes as long as the
 * quotient has digits, and many cores have none. */
#ifndef EDGEQ_DIVIDE_H
#define EDGEQ_DIVIDE_H

#include "common/edgeq_native.h"

/* a = quotient * b + remainder modulo 2^32, the quotient cut off towards 0; both 0 where b is. */
typedef struct {
  int32_t quotient, remainder;
} edgeq_division;

static inline edgeq_division edgeq_divide(int32_t a, int32_t b) {
  const int32_t a_sign = edgeq_sign(a), b_sign = edgeq_sign(b), sign = a_sign ^ b_sign;
  const uint32_t divisor = ((uint32_t)b ^ (uint32_t)b_sign) - (uint32_t)b_sign;
  uint32_t left = ((uint32_t)a ^ (uint32_t)a_sign) - (uint32_t)a_sign, rest = 0, quotient = 0;
  EDGEQ_ROLLED
  for (int bit = 0; bit < 32; ++bit) {
    rest = rest << 1 | left >> 31;
    left <<= 1;
    const uint64_t difference = (uint64_t)rest - divisor;
    const int32_t smaller = edgeq_sign((int32_t)(uint32_t)(difference >> 32));
    rest = (uint32_t)edgeq_choose(smaller, (int32_t)rest, (int32_t)(uint32_t)difference);
    quotient = quotient << 1 | (uint32_t)(smaller + 1);
  }
  const int32_t some = edgeq_nonzero((uint32_t)b);
  edgeq_division division;
  division.quotient = (int32_t)((quotient ^ (uint32_t)sign) - (uint32_t)sign) & some;
  division.remainder = (int32_t)((rest ^ (uint32_t)a_sign) - (uint32_t)a_sign) & some;
  return division;
}

#endif
