#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
  const EDGEQ_FLASH uint8_t *table; /* [256], by the bits of the input */
} edgeq_quantize_bytes_params;

/* QUANTIZE between int8 and uint8 and from uint8 to itself, by a table of all outputs.
 * x: [elements], int8_t or uint8_t, any
 * y: [elements], uint8_t or int8_t, entries of the table; may be x itself
 */
EDGEQ_KERNEL void edgeq_quantize_bytes(const EDGEQ_FLASH edgeq_quantize_bytes_params *p,
                                       const void *x, void *y) {
  const uint8_t *const from = x;
  uint8_t *const to = y;
  for (int32_t i = 0; i < p->elements; ++i) {
    to[i] = p->table[from[i]];
  }
}
