#ifndef EDGEQ_LOGISTIC_F32_H
#define EDGEQ_LOGISTIC_F32_H

#include "common/exponential.h"

/* 1 / (1 + e^-x), 0 to 1; its limits beyond -9 and 16.6. */
static inline float edgeq_logistic(float x) {
  return x > 16.619047164916992188f ? 1.0f
      : x < -9.0f ? edgeq_exp(x) : 1.0f / (1.0f + edgeq_exp(-x));
}

#endif
