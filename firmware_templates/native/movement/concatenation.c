#include "movement/strided_copy.h"

typedef struct {
  int32_t rounds;                 /* product of the sizes before the axis */
  int32_t inputs;                 /* how many */
  const EDGEQ_FLASH int32_t *run; /* [inputs], bytes that each gives to a round */
} edgeq_concatenation_params;

/* CONCATENATION of any dtype, as bytes: each round takes the next run of every input in turn.
 * x: [inputs] pointers to [rounds, run] bytes each, computed or constant
 * y: [rounds, sum of run] bytes; may share bytes with an input whose every run is read before it is
 *    overwritten
 */
EDGEQ_KERNEL void edgeq_concatenation(const EDGEQ_FLASH edgeq_concatenation_params *p,
                                      const EDGEQ_FLASH void *const *x, void *y) {
  int8_t *to = y;
  for (int32_t round = 0; round < p->rounds; ++round) {
    for (int32_t k = 0; k < p->inputs; ++k) {
      const int32_t run = p->run[k];
      const EDGEQ_FLASH int8_t *from = (const EDGEQ_FLASH int8_t *)x[k] + round * run;
#if !EDGEQ_FLASH_APART
      if (run >= 8) {
        edgeq_move_down(from, to, run);
        to += run;
        continue;
      }
#endif
      for (int32_t i = 0; i < run; ++i) {
        int8_t byte = from[i];
        EDGEQ_OPAQUE(byte);
        *to++ = byte;
      }
    }
  }
}
