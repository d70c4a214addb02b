#include "common/choose_wide.h"

/* Rendered for
 *   NAME                T        PICK              LESS
 *   broadcast_args_s32  int32_t  edgeq_choose      edgeq_below
 *   broadcast_args_s64  int64_t  edgeq_choose_s64  edgeq_below_s64
 */
typedef int32_t T;
#define PICK edgeq_choose
#define LESS edgeq_below

typedef struct {
  int32_t a_axes, b_axes;
} edgeq_NAME_params;

/* BROADCAST_ARGS.
 * a, b: [a_axes], [b_axes]; computed or constant
 * y: [as many as the longer]; shares no byte with a or b
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH T *a,
                             const EDGEQ_FLASH T *b, T *y) {
  const int32_t axes = edgeq_larger(p->a_axes, p->b_axes);
  for (int32_t axis = 0; axis < axes; ++axis) {
    const int32_t of_a = axis - (axes - p->a_axes), of_b = axis - (axes - p->b_axes);
    const T left = of_a < 0 ? 1 : a[of_a], right = of_b < 0 ? 1 : b[of_b];
    y[axis] = PICK(LESS(left, 1) | LESS(1, left), left, right);
  }
}
