/* A model whose rows are fed as real values, 3 at a time, by a program that has no room for the whole input. */
#include <stdio.h>

#include "rows.h"

#define TOGETHER 3

static rows_arena_t arena;

int main(void) {
  rows_t model;
  static float values[TOGETHER * ROWS_ROW_ELEMENTS];
  if (rows_init(&model, &arena, sizeof arena) != EDGEQ_OK) {
    return 2;
  }
  size_t missing = ROWS_ROWS;
  while (missing > 0) {
    const size_t rows = missing < TOGETHER ? missing : TOGETHER;
    if (fread(values, ROWS_ROW_BYTES * sizeof *values, rows, stdin) != rows) {
      return 3;
    }
    missing = rows_feed_rows_f32(&model, values, TOGETHER);
  }
  if (rows_feed_place(&model) != NULL || rows_feed_rows_f32(&model, values, 1) != 0) {
    return 4;
  }
  fwrite(rows_output0(&model), 1, ROWS_OUTPUT0_BYTES, stdout);
  return 0;
}
