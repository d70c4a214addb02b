#include "hybrid_units.h"

typedef struct {
  int32_t rows, depth;
  edgeq_hybrid_units layer;
} edgeq_fully_connected_hybrid_units_params;

/* FULLY_CONNECTED of float activations by int8 weights, four units at a time; the activations of each row are quantized
 * first.
 * x: [rows, depth], finite
 * y: [rows, units], activation_min to activation_max; of one row anywhere, over x or not; else shares no byte with x
 * scratch: an int8 for each element of a row, rounded up to whole groups of 4
 */
EDGEQ_KERNEL void edgeq_fully_connected_hybrid_units(const EDGEQ_FLASH edgeq_fully_connected_hybrid_units_params *p,
                                                     const float *x, float *y, void *scratch) {
  int8_t *const q = (int8_t *)scratch;
  memset(q + p->depth, 0, (size_t)(4 * p->layer.tap_groups - p->depth));
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->layer.units) {
    edgeq_hybrid_outputs(&p->layer, q, edgeq_quantize_found(x, p->depth, q, p->layer.symmetric), y);
  }
}
