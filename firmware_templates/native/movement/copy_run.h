#ifndef EDGEQ_COPY_RUN_H
#define EDGEQ_COPY_RUN_H

#include "movement/strided_copy.h"

/* Copies `bytes` bytes one by one, in a time that does not depend on where they lie; x may be
 * constant. */
static inline void edgeq_move_bytes(const EDGEQ_FLASH int8_t *x, int8_t *y, int32_t bytes) {
  for (int32_t i = 0; i < bytes; ++i) {
    int8_t byte = x[i];
    EDGEQ_OPAQUE(byte);
    y[i] = byte;
  }
}

/* Copies `bytes` bytes from a place that is known at run time alone; x may be constant. Runs of
 * whole words lie as aligned as the tensor, so that the time does not depend on the place. */
static inline void edgeq_copy_run(const EDGEQ_FLASH int8_t *x, int8_t *y, int32_t bytes) {
#if !EDGEQ_FLASH_APART
  if ((bytes & 3) == 0) {
    edgeq_move_down(x, y, bytes);
    return;
  }
#endif
  edgeq_move_bytes(x, y, bytes);
}

/* An index within 0 to count - 1: the nearest for one outside. */
static inline int32_t edgeq_index_s32(int32_t index, int32_t count) {
  return edgeq_clamp(index, 0, count - 1);
}

static inline int32_t edgeq_index_s64(int64_t index, int32_t count) {
  const int32_t low = (int32_t)(uint32_t)(uint64_t)index;
  const int32_t high = (int32_t)(uint32_t)((uint64_t)index >> 32);
  const uint32_t other = (uint32_t)high ^ (uint32_t)edgeq_sign(low); /* 0 where low says it all */
  const int32_t beyond = edgeq_nonzero(other);
  const int32_t nearest = edgeq_choose(beyond, INT32_MAX ^ edgeq_sign(high), low);
  return edgeq_index_s32(nearest, count);
}

#endif
