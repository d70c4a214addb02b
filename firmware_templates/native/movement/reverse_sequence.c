#include "movement/copy_run.h"

/* Rendered for
 *   NAME                  I        INDEX
 *   reverse_sequence_s32  int32_t  edgeq_index_s32
 *   reverse_sequence_s64  int64_t  edgeq_index_s64
 */
typedef int32_t I;
#define INDEX edgeq_index_s32

typedef struct {
  int32_t outer, outer_step;   /* axes before the turned one and that of the slices, and bytes */
  int32_t middle, middle_step; /* those between the two */
  int32_t slices, slice_step;
  int32_t count, step; /* along the turned axis */
  int32_t run;         /* bytes of the axes behind both */
} edgeq_NAME_params;

/* REVERSE_SEQUENCE on elements of any dtype.
 * x: slices of `count` runs
 * lengths: [slices], how many runs of each are turned; none below 1, all from `count` on
 * y: as x; shares no byte with x or lengths
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH void *x,
                             const EDGEQ_FLASH I *lengths, void *y) {
  for (int32_t k = 0; k < p->outer * p->middle; ++k) {
    const int32_t block = k / p->middle * p->outer_step + k % p->middle * p->middle_step;
    for (int32_t s = 0; s < p->slices; ++s) {
      const int32_t length = INDEX(lengths[s], p->count + 1), slice = block + s * p->slice_step;
      const EDGEQ_FLASH int8_t *const from = (const EDGEQ_FLASH int8_t *)x + slice;
      for (int32_t i = 0; i < p->count; ++i) {
        const int32_t at = edgeq_choose(edgeq_below(i, length), length - 1 - i, i);
        edgeq_copy_run(from + at * p->step, (int8_t *)y + slice + i * p->step, p->run);
      }
    }
  }
}
