#ifndef EDGEQ_PACKED_ROWS_H
#define EDGEQ_PACKED_ROWS_H

#include "weights/packed_weights.h"

/* The packed weights of a layer that are all decoded to scratch before it is computed. */
typedef struct {
  edgeq_packed_weights packed;
  int32_t weights_at; /* where in scratch they go */
  int32_t row_bytes;  /* weights in a row */
} edgeq_packed_rows;

/* All rows one behind the other; the last one may write 7 bytes more. */
static inline const int8_t *edgeq_decode_rows(const EDGEQ_FLASH edgeq_packed_rows *p,
                                              void *scratch) {
  const EDGEQ_FLASH edgeq_packed_weights *const packed = &p->packed;
  const int32_t row_bytes = p->row_bytes;
  int8_t *const to = (int8_t *)scratch + p->weights_at;
  for (int32_t row = 0; row < packed->rows; ++row) {
    edgeq_decode_row(packed, row, to + row * row_bytes);
  }
  return to;
}

#endif
