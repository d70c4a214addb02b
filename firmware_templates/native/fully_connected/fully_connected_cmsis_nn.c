#include "common/cmsis_nn.h"

typedef struct {
  cmsis_nn_fc_params layer;
  cmsis_nn_dims input, filter, output;
  edgeq_cmsis_nn_channels channels;
  const int32_t *sums;   /* of the weights, times the input's offset, plus bias: for Helium */
  const int8_t *weights; /* [neuron][depth] */
} edgeq_fully_connected_cmsis_nn_params;

/* FULLY_CONNECTED.
 * x: [input.n][filter.n]
 * y: [input.n][output.c]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_fully_connected_cmsis_nn(const edgeq_fully_connected_cmsis_nn_params *p,
                                                 const int8_t *x, int8_t *y) {
  const cmsis_nn_context context = {(void *)p->sums, p->output.c * (int32_t)sizeof *p->sums};
  const cmsis_nn_per_channel_quant_params scales = edgeq_cmsis_nn_scales(&p->channels);
  const cmsis_nn_dims bias = {0, 0, 0, p->output.c};
  arm_fully_connected_per_channel_s8(&context, &p->layer, &scales, &p->input, x, &p->filter,
                                     p->weights, &bias, p->channels.bias, &p->output, y);
}
