#include "movement/strided_copy.h"

typedef edgeq_strided_copy_params edgeq_broadcast_to_params;

/* BROADCAST_TO on elements of any dtype.
 * x: the input, dense, outermost axis first
 * y: the output likewise; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_broadcast_to(
    const EDGEQ_FLASH edgeq_broadcast_to_params *p, const void *x, void *y) {
  edgeq_strided_copy(p, (const int8_t *)x, (int8_t *)y);
}
