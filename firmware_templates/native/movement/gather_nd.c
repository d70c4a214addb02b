#include "movement/copy_run.h"

/* Rendered for
 *   NAME           I        INDEX
 *   gather_nd_s32  int32_t  edgeq_index_s32
 *   gather_nd_s64  int64_t  edgeq_index_s64
 */
typedef int32_t I;
#define INDEX edgeq_index_s32

typedef struct {
  int32_t slices, run;            /* how many are gathered, and the bytes of each */
  int32_t axes;                   /* that are indexed */
  const EDGEQ_FLASH int32_t *size; /* [axes] */
  const EDGEQ_FLASH int32_t *step; /* [axes], bytes */
} edgeq_NAME_params;

/* GATHER_ND on elements of any dtype.
 * x: dense, outermost axis first; computed or constant
 * index: [slices, axes]; one outside of its axis counts as the nearest inside
 * y: [slices] of `run` bytes; shares no byte with x or index
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH void *x,
                             const EDGEQ_FLASH I *index, void *y) {
  int8_t *to = (int8_t *)y;
  for (int32_t i = 0; i < p->slices; ++i, to += p->run, index += p->axes) {
    int32_t place = 0;
    for (int32_t k = 0; k < p->axes; ++k) {
      place += INDEX(index[k], p->size[k]) * p->step[k];
    }
    edgeq_copy_run((const EDGEQ_FLASH int8_t *)x + place, to, p->run);
  }
}
