#include "common/esp_nn.h"

typedef struct {
  data_dims_t input, filter, output;
  dw_conv_params_t layer;
  edgeq_esp_nn_channels channels;
  const int8_t *weights; /* [row][column][output channel] */
} edgeq_depthwise_conv_2d_esp_nn_params;

EDGEQ_KERNEL int edgeq_depthwise_conv_2d_esp_nn_scratch_bytes(
    const edgeq_depthwise_conv_2d_esp_nn_params *p) {
  return esp_nn_get_depthwise_conv_scratch_size(&p->input, &p->filter, &p->output, &p->layer);
}

/* DEPTHWISE_CONV_2D of one image.
 * x: [input.height][input.width][input.channels]
 * y: [output.height][output.width][output.channels]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_esp_nn(const edgeq_depthwise_conv_2d_esp_nn_params *p,
                                                 const int8_t *x, int8_t *y, void *scratch) {
  const quant_data_t scales = edgeq_esp_nn_scales(&p->channels);
  esp_nn_set_depthwise_conv_scratch_buf(scratch);
  esp_nn_depthwise_conv_s8(&p->input, x, &p->filter, p->weights, p->channels.bias, &p->output, y,
                           &p->layer, &scales);
}
