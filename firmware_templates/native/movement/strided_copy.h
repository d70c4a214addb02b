/* Moves of bytes in regular patterns: what operators without arithmetic share. */
#ifndef EDGEQ_STRIDED_COPY_H
#define EDGEQ_STRIDED_COPY_H

#include "common/edgeq_native.h"

#define EDGEQ_MAX_AXES 6

/* Runs of contiguous bytes read from x; a line is the runs along axis 0. Axes are numbered from the
 * innermost. */
typedef struct {
  int32_t run;                      /* bytes of a run */
  int32_t offset;                   /* byte of x at which the first run starts */
  int32_t axes;                     /* 1 to EDGEQ_MAX_AXES */
  const EDGEQ_FLASH int32_t *count; /* [axes], runs along each axis */
  /* [axes], 0: bytes from run to run in a line; else from line to line as it advances */
  const EDGEQ_FLASH int32_t *step;
} edgeq_strided_copy_params;

/* Counts on like an odometer whose digits below `axis` stand still; gives the axis that advanced,
 * `axes` at the end. */
static inline int32_t edgeq_advance(int32_t *index, const EDGEQ_FLASH int32_t *count, int32_t axis,
                                    int32_t axes) {
  while (axis < axes && ++index[axis] == count[axis]) {
    index[axis++] = 0;
  }
  return axis;
}

/* Copies `bytes` bytes from x to y, which may start below x in the same memory; by words where both
 * are aligned. */
static inline void edgeq_move_down(const int8_t *x, int8_t *y, int32_t bytes) {
  if ((((uintptr_t)x | (uintptr_t)y) & 3) == 0) {
    for (; bytes >= 4; bytes -= 4, x += 4, y += 4) {
      EDGEQ_COPY_WORD(y, x);
    }
  } else if (bytes >= 16) {
    memmove(y, x, (size_t)bytes);
    return;
  }
  for (int32_t i = 0; i < bytes; ++i) {
    int8_t byte = x[i];
    EDGEQ_OPAQUE(byte);
    y[i] = byte;
  }
}

/* Writes the runs one after another to y. Where they lie forward in x, y may start at x + offset or
 * below. */
static inline void edgeq_strided_copy(const EDGEQ_FLASH edgeq_strided_copy_params *p,
                                      const int8_t *x, int8_t *y) {
  int32_t index[EDGEQ_MAX_AXES] = {0};
  const int32_t run = p->run;
  x += p->offset;
  for (;;) {
    for (int32_t i = 0; i < p->count[0]; ++i, y += run) {
      edgeq_move_down(x + i * p->step[0], y, run);
    }
    const int32_t axis = edgeq_advance(index, p->count, 1, p->axes);
    if (axis == p->axes) {
      return;
    }
    x += p->step[axis];
  }
}

#endif
