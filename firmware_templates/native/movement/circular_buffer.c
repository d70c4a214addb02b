#include "common/edgeq_native.h"

typedef struct {
  int32_t size, kept; /* elements of an input; of those before the newest one */
} edgeq_circular_buffer_params;

/* CIRCULAR_BUFFER of int8: the latest inputs, the newest behind the others.
 * x: [size], any value
 * y: [kept + size]; shares no byte with x
 * state: [kept], the inputs before; an element that is not used where there are none
 */
EDGEQ_KERNEL void edgeq_circular_buffer(const EDGEQ_FLASH edgeq_circular_buffer_params *p,
                                        const int8_t *x, int8_t *y, int8_t *state) {
  memcpy(y, state, (size_t)p->kept);
  memcpy(y + p->kept, x, (size_t)p->size);
  memcpy(state, y + p->size, (size_t)p->kept);
}
