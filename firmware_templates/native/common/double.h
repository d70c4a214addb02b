/* Arithmetic on doubles that gives the same bits on every core. */
#ifndef EDGEQ_DOUBLE_H
#define EDGEQ_DOUBLE_H

#include "common/float32.h"

#if DBL_MANT_DIG < 53
#error "exponentials, logarithms and quotients need a double of 64 bits: build with -mdouble=64"
#endif

/* A product that is not fused with the sum behind it. */
static inline double edgeq_double_product(double a, double b) {
  double product = a * b;
  EDGEQ_ROUNDED_DOUBLE(product);
  return product;
}

#endif
