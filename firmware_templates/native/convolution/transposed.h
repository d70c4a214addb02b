#ifndef EDGEQ_TRANSPOSED_H
#define EDGEQ_TRANSPOSED_H

#include "common/edgeq_native.h"

/* The inputs that reach an output along an axis, `count` from `input` on, none if that is below 1.
 * The first is multiplied by the tap `tap`, each further one by the tap a stride before. */
typedef struct {
  int32_t input, tap, count;
} edgeq_reach;

/* place: the output, counted from the first tap of the first input; 0 or more.
 * size, stride: of the filter; inputs: along the axis. */
static inline edgeq_reach edgeq_reach_of(
    int32_t place, int32_t size, int32_t stride, int32_t inputs) {
  const int32_t last = place / stride;
  edgeq_reach reach;
  reach.input = place < size ? 0 : (place - size) / stride + 1;
  reach.tap = place - reach.input * stride;
  reach.count = (last < inputs ? last + 1 : inputs) - reach.input;
  return reach;
}

static inline int32_t edgeq_times(int32_t a, int32_t b) {
  return a * b;
}

#endif
