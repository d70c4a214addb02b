#include "movement/strided_copy.h"

typedef struct {
  int32_t rounds;                 /* product of the sizes before the axis */
  int32_t outputs;                /* how many */
  const EDGEQ_FLASH int32_t *run; /* [outputs], bytes that each takes of a round */
} edgeq_split_params;

/* SPLIT, SPLIT_V and UNPACK of any dtype, as bytes: each round gives every output its next run in
 * turn.
 * x: [rounds, sum of run] bytes
 * y: [outputs] pointers to [rounds, run] bytes each; no byte shared with x
 */
EDGEQ_KERNEL void edgeq_split(const EDGEQ_FLASH edgeq_split_params *p, const void *x,
                              void *const *y) {
  const int8_t *from = (const int8_t *)x;
  for (int32_t round = 0; round < p->rounds; ++round) {
    for (int32_t k = 0; k < p->outputs; ++k) {
      const int32_t run = p->run[k];
      edgeq_move_down(from, (int8_t *)y[k] + round * run, run);
      from += run;
    }
  }
}
