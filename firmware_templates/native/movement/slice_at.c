#include "movement/copy_run.h"

/* Rendered for
 *   NAME          I        INDEX
 *   slice_at_s32  int32_t  edgeq_index_s32
 *   slice_at_s64  int64_t  edgeq_index_s64
 */
typedef int32_t I;
#define INDEX edgeq_index_s32

typedef struct {
  int32_t entries;
  const EDGEQ_FLASH int32_t *places; /* [entries], how many starts the box fits at */
  const EDGEQ_FLASH int32_t *wraps;  /* [entries], what is added to a negative start */
  const EDGEQ_FLASH int32_t *stride; /* [entries], bytes of x from one start to the next */
  edgeq_strided_copy_params moves;   /* the box at the first place */
  int8_t words; /* 1 where the box has whole words, which lie at whole words of x wherever it is */
} edgeq_NAME_params;

/* SLICE and STRIDED_SLICE from a computed place on, on elements of any dtype.
 * x: the input, dense, outermost axis first
 * start: [entries], any value; the nearest at which the box fits is taken
 * y: the box, dense; shares no byte with x or start
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH void *x,
                             const EDGEQ_FLASH I *start, void *y) {
  const EDGEQ_FLASH int8_t *from = (const EDGEQ_FLASH int8_t *)x;
  int8_t *to = (int8_t *)y;
  int32_t index[EDGEQ_MAX_AXES] = {0}, axis = 0;
  for (int32_t entry = 0; entry < p->entries; ++entry) {
    const I at = start[entry];
    const int32_t below = edgeq_sign((int32_t)(at >> (8 * sizeof(I) - 32)));
    from += INDEX(at + (below & p->wraps[entry]), p->places[entry]) * p->stride[entry];
  }
  while (axis < p->moves.axes) {
    for (int32_t i = 0; i < p->moves.count[0]; ++i, to += p->moves.run) {
      const EDGEQ_FLASH int8_t *const run = from + i * p->moves.step[0];
      if (p->words) {
        edgeq_copy_run(run, to, p->moves.run);
      } else {
        edgeq_move_bytes(run, to, p->moves.run);
      }
    }
    axis = edgeq_advance(index, p->moves.count, 1, p->moves.axes);
    from += axis < p->moves.axes ? p->moves.step[axis] : 0;
  }
}
