#include "common/cmsis_nn.h"

typedef struct {
  cmsis_nn_conv_params layer;
  cmsis_nn_dims input, filter, output;
  const int8_t *weights; /* [filter][row][column][input channel] */
  edgeq_cmsis_nn_channels channels;
} edgeq_conv_2d_cmsis_nn_params;

EDGEQ_KERNEL int32_t edgeq_conv_2d_cmsis_nn_scratch_bytes(const edgeq_conv_2d_cmsis_nn_params *p) {
  return arm_convolve_wrapper_s8_get_buffer_size(&p->layer, &p->input, &p->filter, &p->output);
}

/* CONV_2D.
 * x: [input.n][input.h][input.w][input.c]
 * y: [output.n][output.h][output.w][output.c]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_conv_2d_cmsis_nn(const edgeq_conv_2d_cmsis_nn_params *p, const int8_t *x,
                                         int8_t *y, void *scratch) {
  const cmsis_nn_context context = {scratch, edgeq_conv_2d_cmsis_nn_scratch_bytes(p)};
  const cmsis_nn_per_channel_quant_params scales = edgeq_cmsis_nn_scales(&p->channels);
  const cmsis_nn_dims bias = {0, 0, 0, p->output.c};
  arm_convolve_wrapper_s8(&context, &p->layer, &scales, &p->input, x, &p->filter, p->weights, &bias,
                          p->channels.bias, &p->output, y);
}
