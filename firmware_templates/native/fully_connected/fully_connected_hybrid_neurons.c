#include "fully_connected/hybrid_neurons.h"

typedef struct {
  int32_t rows, depth;
  edgeq_hybrid_neurons layer;
} edgeq_fully_connected_hybrid_neurons_params;

/* FULLY_CONNECTED of float activations by int8 weights, four neurons at a time; the activations of
 * each row are quantized first.
 * x: [rows, depth], finite
 * y: [rows, neurons], activation_min to activation_max; of one row anywhere, over x or not; else
 *    shares no byte with x
 * scratch: an int8 for each element of a row, rounded up to whole groups of 4
 */
EDGEQ_KERNEL void edgeq_fully_connected_hybrid_neurons(
    const EDGEQ_FLASH edgeq_fully_connected_hybrid_neurons_params *p, const float *x, float *y,
    void *scratch) {
  int8_t *const q = (int8_t *)scratch;
  memset(q + p->depth, 0, (size_t)(4 * p->layer.tap_groups - p->depth));
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->layer.neurons) {
    edgeq_hybrid_outputs(&p->layer, q, edgeq_quantize_found(x, p->depth, q, p->layer.symmetric), y);
  }
}
