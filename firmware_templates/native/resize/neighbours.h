#ifndef EDGEQ_NEIGHBOURS_H
#define EDGEQ_NEIGHBOURS_H

#include "common/edgeq_native.h"

/* An axis that is resized: output k lies at k * scale + start, in 1/1024 of an input. */
typedef struct {
  int32_t input, output, scale, start;
} edgeq_resized_axis;

/* The two inputs that an output lies between, by their indices, and its distance from the lower
 * one in 1/1024 of an input: 0 to 1023, or -512 to -1 for an output before the first input. */
typedef struct {
  int32_t lower, upper, behind;
} edgeq_neighbours;

static inline edgeq_neighbours edgeq_neighbours_of(
    const EDGEQ_FLASH edgeq_resized_axis *axis, int32_t output) {
  const int32_t place = output * axis->scale + axis->start;
  const int32_t above = (place + 1023) >> 10;
  edgeq_neighbours found;
  found.lower = place < 0 ? 0 : place >> 10;
  found.upper = above < axis->input ? above : axis->input - 1;
  found.behind = place - 1024 * found.lower;
  return found;
}

#endif
