#include "common/edgeq_native.h"

typedef struct {
  int32_t bytes;
} edgeq_zeros_like_params;

/* ZEROS_LIKE of any dtype.
 * y: [bytes]
 */
EDGEQ_KERNEL void edgeq_zeros_like(const EDGEQ_FLASH edgeq_zeros_like_params *p, void *y) {
  memset(y, 0, (size_t)p->bytes);
}
