#include "movement/strided_copy.h"

typedef struct {
  int32_t bytes;
} edgeq_copy_variable_params;

/* READ_VARIABLE and ASSIGN_VARIABLE: a copy of elements of any dtype, from a variable or to it.
 * x: [bytes], computed or constant
 * y: [bytes]; shares nothing with x
 */
EDGEQ_KERNEL void edgeq_copy_variable(const EDGEQ_FLASH edgeq_copy_variable_params *p,
                                   const EDGEQ_FLASH void *x, void *y) {
#if EDGEQ_FLASH_APART
  const EDGEQ_FLASH int8_t *from = (const EDGEQ_FLASH int8_t *)x;
  int8_t *to = (int8_t *)y;
  for (int32_t i = 0; i < p->bytes; ++i) {
    to[i] = from[i];
  }
#else
  memcpy(y, x, (size_t)p->bytes);
#endif
}
