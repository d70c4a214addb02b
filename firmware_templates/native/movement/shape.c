#include "common/edgeq_native.h"

typedef struct {
  int32_t bytes;
  const EDGEQ_FLASH int8_t *values; /* [bytes], sizes of int32_t or int64_t, little-endian */
} edgeq_shape_params;

/* SHAPE: sizes that are known ahead.
 * y: [bytes]
 */
EDGEQ_KERNEL void edgeq_shape(const EDGEQ_FLASH edgeq_shape_params *p, void *y) {
  int8_t *const to = y;
  for (int32_t i = 0; i < p->bytes; ++i) {
    to[i] = p->values[i];
  }
}
