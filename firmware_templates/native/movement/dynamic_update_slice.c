#include "movement/copy_run.h"

/* Rendered for
 *   NAME                      I        INDEX
 *   dynamic_update_slice_s32  int32_t  edgeq_index_s32
 *   dynamic_update_slice_s64  int64_t  edgeq_index_s64
 */
typedef int32_t I;
#define INDEX edgeq_index_s32

/* The box has runs of bytes that lie one after another in it, and `moves.step` apart in y; axes of
 * x are numbered from the outermost. */
typedef struct {
  int32_t bytes, rank;               /* of x, and its axes */
  const EDGEQ_FLASH int32_t *places; /* [rank], how many starts along an axis the box fits at */
  const EDGEQ_FLASH int32_t *stride; /* [rank], bytes of x from one element to the next */
  edgeq_strided_copy_params moves;
  int8_t words; /* 1 where the box has whole words, which lie at whole words of y wherever it is */
} edgeq_NAME_params;

/* DYNAMIC_UPDATE_SLICE on elements of any dtype.
 * x: [bytes]; computed or constant
 * box: the elements to put in, dense; computed or constant
 * start: [rank], any value; the nearest at which the box fits is taken
 * y: [bytes]; may be x itself or start below it, shares no byte with box or start
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH void *x,
                             const EDGEQ_FLASH void *box, const EDGEQ_FLASH I *start, void *y) {
  const EDGEQ_FLASH edgeq_strided_copy_params *const moves = &p->moves;
  const EDGEQ_FLASH int8_t *from = (const EDGEQ_FLASH int8_t *)box;
  int8_t *to = (int8_t *)y;
  int32_t index[EDGEQ_MAX_AXES] = {0};
  if (x != (const EDGEQ_FLASH void *)y) {
    edgeq_copy_run((const EDGEQ_FLASH int8_t *)x, to, p->bytes);
  }
  for (int32_t axis = 0; axis < p->rank; ++axis) {
    to += INDEX(start[axis], p->places[axis]) * p->stride[axis];
  }
  for (;;) {
    for (int32_t i = 0; i < moves->count[0]; ++i, from += moves->run) {
      if (p->words) {
        edgeq_copy_run(from, to + i * moves->step[0], moves->run);
      } else {
        edgeq_move_bytes(from, to + i * moves->step[0], moves->run);
      }
    }
    const int32_t axis = edgeq_advance(index, moves->count, 1, moves->axes);
    if (axis == moves->axes) {
      return;
    }
    to += moves->step[axis];
  }
}
