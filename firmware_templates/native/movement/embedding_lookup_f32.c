#include "movement/copy_run.h"

typedef struct {
  int32_t rows, indices, columns;
  float scale;
} edgeq_embedding_lookup_f32_params;

/* EMBEDDING_LOOKUP of int8 rows as float32.
 * x: [rows, columns], zero point 0; computed or constant
 * index: [indices]; one outside of 0 to rows - 1 counts as the nearest inside
 * y: [indices, columns], x * scale; shares no byte with x or index
 */
EDGEQ_KERNEL void edgeq_embedding_lookup_f32(
    const EDGEQ_FLASH edgeq_embedding_lookup_f32_params *p, const EDGEQ_FLASH int8_t *x,
    const EDGEQ_FLASH int32_t *index, float *y) {
  for (int32_t i = 0; i < p->indices; ++i) {
    const EDGEQ_FLASH int8_t *const row = x + edgeq_index_s32(index[i], p->rows) * p->columns;
    for (int32_t k = 0; k < p->columns; ++k) {
      *y++ = (float)row[k] * p->scale;
    }
  }
}
