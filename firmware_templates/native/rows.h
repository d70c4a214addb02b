#ifndef EDGEQ_ROWS_H
#define EDGEQ_ROWS_H

#include "edgeq_native.h"

/* Rows `first` to `first + count - 1` of an output, from an input of which `ring` rows are kept: its row r is line
 * r % ring. A whole tensor is a ring of all its rows. */
typedef struct {
  int32_t first, count, ring;
} edgeq_rows;

/* The line of a ring at which a row lies, without a division, which small cores have to call. */
EDGEQ_NOINLINE static int32_t edgeq_ring_line(int32_t row, int32_t ring) {
  while (row >= ring) {
    row -= ring;
    EDGEQ_AS_WRITTEN;
  }
  return row;
}

/* Where the rows of an input lie, seen from those that are computed: lines of `bytes` bytes; row r is line r - turned,
 * or, from `ring` lines on, as many lines further to the front. */
typedef struct {
  const int8_t *x;
  int32_t bytes, turned, ring;
} edgeq_lines;

/* The lines of a ring from which `lowest`, a row, and later ones are read, fewer than `ring` in all. */
static inline edgeq_lines edgeq_lines_from(const int8_t *x, int32_t bytes, int32_t ring, int32_t lowest) {
  const edgeq_lines lines = {x, bytes, lowest - edgeq_ring_line(lowest, ring), ring};
  return lines;
}

static inline const int8_t *edgeq_line(const edgeq_lines *lines, int32_t row) {
  const int32_t line = row - lines->turned;
  return lines->x + (line < lines->ring ? line : line - lines->ring) * lines->bytes;
}

#endif
