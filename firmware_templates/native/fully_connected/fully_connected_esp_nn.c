#include "common/esp_nn.h"

typedef struct {
  int32_t rows;
  uint16_t depth, neurons;
  int32_t input_offset, output_offset, activation_min, activation_max;
  edgeq_esp_nn_channels channels;
  const int8_t *weights; /* [neuron][depth] */
} edgeq_fully_connected_esp_nn_params;

/* FULLY_CONNECTED.
 * x: [rows][depth]
 * y: [rows][neurons]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_fully_connected_esp_nn(const edgeq_fully_connected_esp_nn_params *p,
                                               const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->neurons) {
    esp_nn_fully_connected_per_ch_s8(x, p->input_offset, p->depth, p->weights, 0, p->channels.bias,
                                     y, p->neurons, p->output_offset, p->channels.shift,
                                     p->channels.multiplier, p->activation_min, p->activation_max);
  }
}
