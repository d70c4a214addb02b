#include "common/edgeq_native.h"

/* Rendered for
 *   NAME                T
 *   broadcast_args_s32  int32_t
 *   broadcast_args_s64  int64_t
 */
typedef int32_t T;

typedef struct {
  int32_t a_axes, b_axes;
} edgeq_NAME_params;

/* BROADCAST_ARGS.
 * a, b: [a_axes], [b_axes], of which 32 bits count; computed or constant
 * y: [as many as the longer]; shares no byte with a or b
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH T *a,
                             const EDGEQ_FLASH T *b, T *y) {
  const int32_t axes = edgeq_larger(p->a_axes, p->b_axes);
  for (int32_t axis = 0; axis < axes; ++axis) {
    const int32_t of_a = axis - (axes - p->a_axes), of_b = axis - (axes - p->b_axes);
    const int32_t left = of_a < 0 ? 1 : (int32_t)a[of_a];
    const int32_t right = of_b < 0 ? 1 : (int32_t)b[of_b];
    y[axis] = edgeq_choose(edgeq_below(left, 1) | edgeq_below(1, left), left, right);
  }
}
