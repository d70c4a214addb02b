/* Some rows of a tensor, and where they lie in a line buffer. */
#ifndef EDGEQ_ROWS_H
#define EDGEQ_ROWS_H

#include "common/edgeq_native.h"

/* Rows `first` to `first + count - 1` of an output, from an input in a line buffer of `lines`
 * lines, in which row r is line r % lines. A whole tensor is a line buffer of all its rows. */
typedef struct {
  int32_t first, count, lines;
} edgeq_rows;

/* The line that a row lies in, without a division, which small cores have to call. */
EDGEQ_NOINLINE static int32_t edgeq_line_of(int32_t row, int32_t lines) {
  while (row >= lines) {
    row -= lines;
    EDGEQ_AS_WRITTEN;
  }
  return row;
}

/* Where the rows of an input lie, seen from those that are computed: lines of `bytes` bytes; row r
 * is line r - wrapped, or, where that is not below `count`, `count` lines further to the front. */
typedef struct {
  const int8_t *x;
  int32_t bytes, wrapped, count;
} edgeq_lines;

/* The lines of a line buffer from which row `lowest` and later ones are read, at most `count` in
 * all. */
static inline edgeq_lines edgeq_lines_from(const int8_t *x, int32_t bytes, int32_t count,
                                           int32_t lowest) {
  const edgeq_lines lines = {x, bytes, lowest - edgeq_line_of(lowest, count), count};
  return lines;
}

static inline const int8_t *edgeq_line(const edgeq_lines *lines, int32_t row) {
  const int32_t line = row - lines->wrapped;
  return lines->x + (line < lines->count ? line : line - lines->count) * lines->bytes;
}

#endif
