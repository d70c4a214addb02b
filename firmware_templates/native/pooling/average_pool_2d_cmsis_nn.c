#include "common/cmsis_nn.h"

typedef struct {
  cmsis_nn_pool_params layer;
  cmsis_nn_dims input, filter, output;
} edgeq_average_pool_2d_cmsis_nn_params;

EDGEQ_KERNEL int32_t edgeq_average_pool_2d_cmsis_nn_scratch_bytes(
    const edgeq_average_pool_2d_cmsis_nn_params *p) {
  return arm_avgpool_s8_get_buffer_size((int)p->output.w, (int)p->input.c);
}

/* AVERAGE_POOL_2D; an element of padding counts for nothing.
 * x: [input.n][input.h][input.w][input.c]
 * y: [input.n][output.h][output.w][input.c]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_average_pool_2d_cmsis_nn(const edgeq_average_pool_2d_cmsis_nn_params *p,
                                                 const int8_t *x, int8_t *y, void *scratch) {
  const cmsis_nn_context context = {scratch, edgeq_average_pool_2d_cmsis_nn_scratch_bytes(p)};
  arm_avgpool_s8(&context, &p->layer, &p->input, x, &p->filter, &p->output, y);
}
