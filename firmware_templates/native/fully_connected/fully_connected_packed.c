#include "weights/packed_weights.h"

/* Rendered for
 *   TYPE  X        W       SUM      SUMS
 *   s8    int8_t   int8_t  int32_t  "common/sums_s8.h"
 *   s16   int16_t  int8_t  int64_t  "common/sums_s16.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t SUM;
#define SUMS "common/sums_s8.h"

#include SUMS
#include "fully_connected/scales.h"

/* A fully connected layer whose rows of weights are decoded one after the other. */
typedef struct {
  int32_t rows, depth, neurons;
  edgeq_packed_weights packed; /* a row for each neuron */
  edgeq_neurons_TYPE outputs;
} edgeq_fully_connected_packed_TYPE_params;

/* FULLY_CONNECTED by packed weights.
 * x: [rows, depth], any value
 * y: [rows, neurons], activation_min to activation_max; shares no byte with x
 * scratch: 8 * eights, the weights of a neuron
 */
EDGEQ_KERNEL void edgeq_fully_connected_packed_TYPE(
    const EDGEQ_FLASH edgeq_fully_connected_packed_TYPE_params *p, const X *x, X *y,
    void *scratch) {
  W *const weights = (W *)scratch;
  for (int32_t u = 0; u < p->neurons; ++u) {
    edgeq_decode_row(&p->packed, u, weights);
    for (int32_t row = 0; row < p->rows; ++row) {
      const X *const from = x + row * p->depth;
      SUM sum = 0;
      for (int32_t d = 0; d < p->depth; ++d) {
        sum = edgeq_plus_product_TYPE(sum, from[d], weights[d]);
      }
      y[row * p->neurons + u] = (X)edgeq_neuron_TYPE(&p->outputs, sum, u);
    }
  }
}
