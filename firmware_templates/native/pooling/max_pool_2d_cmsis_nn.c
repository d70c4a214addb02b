#include "common/cmsis_nn.h"

typedef struct {
  cmsis_nn_pool_params layer;
  cmsis_nn_dims input, filter, output;
} edgeq_max_pool_2d_cmsis_nn_params;

/* MAX_POOL_2D; an element of padding counts for nothing. Shapes as in AVERAGE_POOL_2D. */
EDGEQ_KERNEL void edgeq_max_pool_2d_cmsis_nn(const edgeq_max_pool_2d_cmsis_nn_params *p,
                                             const int8_t *x, int8_t *y) {
  const cmsis_nn_context context = {NULL, 0};
  arm_max_pool_s8(&context, &p->layer, &p->input, x, &p->filter, &p->output, y);
}
