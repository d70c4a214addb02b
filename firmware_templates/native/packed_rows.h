#include "packed_weights.h"

/* All rows one behind the other, `length` bytes each, to `to`; the last one may write 7 bytes more. */
static inline const int8_t *edgeq_decode_rows(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t length, int8_t *to) {
  for (int32_t row = 0; row < p->rows; ++row) {
    const EDGEQ_FLASH int8_t *const table = edgeq_packed_table(p, row);
    edgeq_decode(edgeq_packed_row(p, row), p->bits, table, table, to + row * length, p->eights, 8);
  }
  return to;
}
