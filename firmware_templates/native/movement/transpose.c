#include "movement/strided_copy.h"

typedef edgeq_strided_copy_params edgeq_transpose_params;

/* TRANSPOSE on elements of any dtype.
 * x: the input, dense, outermost axis first
 * y: the output likewise; no byte shared with x, except where the runs lie forward in x
 */
EDGEQ_KERNEL void edgeq_transpose(const EDGEQ_FLASH edgeq_transpose_params *p, const void *x,
                                  void *y) {
  edgeq_strided_copy(p, (const int8_t *)x, (int8_t *)y);
}
