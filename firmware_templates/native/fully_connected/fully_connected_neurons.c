#include "fully_connected/neuron_layer.h"

#include EDGEQ_NEURON_ROW

/* FULLY_CONNECTED on int8, four neurons at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, neurons], activation_min to activation_max; shares no byte with x
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_fully_connected_neurons_s8(
    const EDGEQ_FLASH edgeq_fully_connected_neurons_s8_params *p, const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->neurons) {
    edgeq_fully_connected_row(p, x, y);
    edgeq_clamp_outputs(&p->epilogue, y, p->neurons);
  }
}
