#include "float32.h"

typedef struct {
  int32_t rows, depth, units;
  float activation_min, activation_max;
  const EDGEQ_FLASH float *weights; /* [units, depth] */
  const EDGEQ_FLASH float *bias;    /* [units] */
} edgeq_fully_connected_f32_params;

/* FULLY_CONNECTED on float32.
 * x: [rows, depth]
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_fully_connected_f32(const EDGEQ_FLASH edgeq_fully_connected_f32_params *p, const float *x,
                                            float *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth) {
    const EDGEQ_FLASH float *weights = p->weights;
    for (int32_t u = 0; u < p->units; ++u, weights += p->depth) {
      float sum = 0.0f;
      for (int32_t d = 0; d < p->depth; ++d) {
        sum = edgeq_add_product(sum, x[d], weights[d]);
      }
      *y++ = edgeq_bound(sum + p->bias[u], p->activation_min, p->activation_max);
    }
  }
}
