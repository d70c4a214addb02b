#ifndef EDGEQ_POOL_H
#define EDGEQ_POOL_H

#include "common/edgeq_native.h"

/* Geometry of pooling; an element of padding is never read. */
typedef struct {
  int32_t batches, input_height, input_width, channels;
  int32_t output_height, output_width;
  int32_t filter_height, filter_width;
  int32_t stride_height, stride_width;
  int32_t pad_top, pad_left;
} edgeq_pool_geometry;

/* A window's part inside the image, in elements of one channel: `rows` lines of `columns` pixels
 * from `at` on. */
typedef struct {
  int32_t at, rows, columns;
} edgeq_pool_window;

static inline edgeq_pool_window edgeq_pool_clip(const EDGEQ_FLASH edgeq_pool_geometry *g,
                                                int32_t row, int32_t column) {
  const int32_t top = row * g->stride_height - g->pad_top;
  const int32_t left = column * g->stride_width - g->pad_left;
  const int32_t first_row = top < 0 ? 0 : top, first_column = left < 0 ? 0 : left;
  const int32_t bottom = top + g->filter_height, right = left + g->filter_width;
  edgeq_pool_window window;
  window.at = (first_row * g->input_width + first_column) * g->channels;
  window.rows = (bottom < g->input_height ? bottom : g->input_height) - first_row;
  window.columns = (right < g->input_width ? right : g->input_width) - first_column;
  return window;
}

#endif
