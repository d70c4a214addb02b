#include "common/edgeq_native.h"

/* Rendered for
 *   NAME       T        SUM
 *   add_n_f32  float    float
 *   add_n_s32  int32_t  uint32_t
 */
typedef float T, SUM;

typedef struct {
  int32_t elements, inputs;
} edgeq_NAME_params;

/* ADD_N on float32, in the order of the inputs from 0 on, and on int32 modulo 2^32.
 * x: [inputs] pointers to [elements] each, computed or constant
 * y: [elements]; may be an input itself or start below it
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p,
                             const EDGEQ_FLASH void *const *x, T *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    SUM sum = 0;
    for (int32_t k = 0; k < p->inputs; ++k) {
      sum += (SUM)((const EDGEQ_FLASH T *)x[k])[i];
    }
    y[i] = (T)sum;
  }
}
