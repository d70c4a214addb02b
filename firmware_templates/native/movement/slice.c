#include "movement/strided_copy.h"

typedef edgeq_strided_copy_params edgeq_slice_params;

/* SLICE on elements of any dtype.
 * x: the input, dense, outermost axis first
 * y: the output likewise; it may start anywhere up to the first element read
 */
EDGEQ_KERNEL void edgeq_slice(const EDGEQ_FLASH edgeq_slice_params *p, const void *x, void *y) {
  edgeq_strided_copy(p, (const int8_t *)x, (int8_t *)y);
}
