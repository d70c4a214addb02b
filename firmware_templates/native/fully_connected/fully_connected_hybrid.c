#include "common/dynamic.h"

typedef struct {
  int32_t rows, depth, neurons;
  int32_t scale_step; /* 1: a weight scale for each neuron; 0: one for all */
  float activation_min, activation_max;
  int8_t symmetric;                      /* 1: activations around 0 */
  const EDGEQ_FLASH int8_t *weights;     /* [neurons, depth] */
  const EDGEQ_FLASH int32_t *weight_sum; /* [neurons], of each neuron */
  const EDGEQ_FLASH float *weight_scale; /* [neurons] or [1] */
  const EDGEQ_FLASH float *bias;         /* [neurons] */
} edgeq_fully_connected_hybrid_params;

/* x within its bounds; what is not above the lower one is that one, so -0 becomes 0.
 * (ApplyActivationToVector) */
static inline float edgeq_fully_connected_hybrid_activation(float x, float low, float high) {
  return low < x ? (x < high ? x : high) : low;
}

/* FULLY_CONNECTED of float activations by int8 weights; the activations of each row are quantized
 * first.
 * x: [rows, depth], finite
 * y: [rows, neurons], activation_min to activation_max; of one row anywhere, over x or not; else
 *    shares no byte with x
 * scratch: bytes of one row, an int8 for each element
 */
EDGEQ_KERNEL void edgeq_fully_connected_hybrid(
    const EDGEQ_FLASH edgeq_fully_connected_hybrid_params *p, const float *x, float *y,
    void *scratch) {
  int8_t *const q = (int8_t *)scratch;
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth) {
    const edgeq_scale_found found = edgeq_quantize_found(x, p->depth, q, p->symmetric);
    const EDGEQ_FLASH int8_t *weights = p->weights;
    for (int32_t u = 0; u < p->neurons; ++u, weights += p->depth) {
      int32_t sum = 0;
      for (int32_t d = 0; d < p->depth; ++d) {
        sum += (int32_t)q[d] * weights[d];
      }
      const float steps = (float)(sum - found.zero_point * p->weight_sum[u]);
      const float real =
          edgeq_add_product(p->bias[u], steps, found.scale * p->weight_scale[u * p->scale_step]);
      *y++ = edgeq_fully_connected_hybrid_activation(real, p->activation_min, p->activation_max);
    }
  }
}
