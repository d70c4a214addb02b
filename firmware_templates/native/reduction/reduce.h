#ifndef EDGEQ_REDUCE_H
#define EDGEQ_REDUCE_H

#include "common/edgeq_native.h"

/* Loops over the kept and the reduced axes of a tensor, outermost first, strides in elements. */
typedef struct {
  int32_t kept[3], kept_stride[3];
  int32_t reduced[3], reduced_stride[3];
} edgeq_reduce_loops;

#endif
