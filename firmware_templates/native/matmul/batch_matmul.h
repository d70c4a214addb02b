#ifndef EDGEQ_BATCH_MATMUL_H
#define EDGEQ_BATCH_MATMUL_H

#include "common/edgeq_native.h"

/* Products of matrices, a pair for each batch: sizes, and steps in elements. A step of 0 along a
 * batch axis is a broadcast. */
typedef struct {
  int32_t batches[3], x_batch[3], y_batch[3]; /* outermost first */
  int32_t rows, columns, depth;
  int32_t x_row, x_step;    /* from row to row of x, and along its row */
  int32_t y_column, y_step; /* from column to column of y, and along its column */
} edgeq_matmul_shape;

#endif
