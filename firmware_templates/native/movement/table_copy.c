#include "movement/strided_copy.h"

/* Runs of contiguous bytes; the place of a run is the sum of the offsets of its position along all
 * axes. Axes are numbered from the innermost. */
typedef struct {
  int32_t run;                       /* bytes of a run */
  int32_t axes;                      /* 1 to EDGEQ_MAX_AXES */
  const EDGEQ_FLASH int32_t *count;  /* [axes], positions along each axis */
  const EDGEQ_FLASH int32_t *offset; /* [sum of count], bytes from the start of x, axis by axis */
} edgeq_table_copy_params;

/* Moves of elements of any dtype by tables.
 * x: the input, dense, outermost axis first
 * y: the output likewise; it may lie so far below x that no byte is written before its last read
 */
EDGEQ_KERNEL void edgeq_table_copy(
    const EDGEQ_FLASH edgeq_table_copy_params *p, const void *x, void *y) {
  int32_t index[EDGEQ_MAX_AXES] = {0};
  int8_t *to = (int8_t *)y;
  do {
    const EDGEQ_FLASH int32_t *table = p->offset + p->count[0];
    const int8_t *line = (const int8_t *)x;
    for (int32_t axis = 1; axis < p->axes; table += p->count[axis], ++axis) {
      line += table[index[axis]];
    }
    for (int32_t i = 0; i < p->count[0]; ++i, to += p->run) {
      edgeq_move_down(line + p->offset[i], to, p->run);
    }
  } while (edgeq_advance(index, p->count, 1, p->axes) < p->axes);
}
