#include "movement/copy_run.h"

/* Rendered for
 *   NAME        I        INDEX
 *   gather_s32  int32_t  edgeq_index_s32
 *   gather_s64  int64_t  edgeq_index_s64
 */
typedef int32_t I;
#define INDEX edgeq_index_s32

typedef struct {
  int32_t batches, outer; /* axes that indices have too, and those in front of the gathered one */
  int32_t count, indices; /* slices along the gathered axis, and indices of a batch */
  int32_t run;            /* bytes of a slice */
} edgeq_NAME_params;

/* GATHER and EMBEDDING_LOOKUP on elements of any dtype.
 * x: [batches, outer, count] slices; computed or constant
 * index: [batches, indices]; one outside of 0 to count - 1 counts as the nearest inside
 * y: [batches, outer, indices] slices; shares no byte with x or index
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH void *x,
                             const EDGEQ_FLASH I *index, void *y) {
  const EDGEQ_FLASH int8_t *from = (const EDGEQ_FLASH int8_t *)x;
  int8_t *to = (int8_t *)y;
  for (int32_t b = 0; b < p->batches; ++b, index += p->indices) {
    for (int32_t o = 0; o < p->outer; ++o, from += p->count * p->run) {
      for (int32_t i = 0; i < p->indices; ++i, to += p->run) {
        edgeq_copy_run(from + INDEX(index[i], p->count) * p->run, to, p->run);
      }
    }
  }
}
