#include "packed_weights.h"

/* A fully connected layer whose rows of weights are decoded one after the other, the input's zero point folded: bias[u]
 * = b[u] - input_zero_point * sum(weights of u). */
typedef struct {
  int32_t rows, depth, units;
  int32_t scale_step; /* 1: a multiplier and a shift for each unit; 0: one for all */
  int32_t output_zero_point;
  int32_t activation_min, activation_max;
  edgeq_packed_weights packed;           /* a row for each unit */
  const EDGEQ_FLASH int32_t *bias;       /* [units] */
  const EDGEQ_FLASH int32_t *multiplier; /* [units] or [1] */
  const EDGEQ_FLASH int8_t *shift;       /* [units] or [1] */
} edgeq_fully_connected_packed_s8_params;

/* FULLY_CONNECTED on int8 by packed weights.
 * x: [rows, depth], -128 to 127
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 * scratch: 8 * eights, the weights of a unit
 */
EDGEQ_KERNEL void edgeq_fully_connected_packed_s8(const EDGEQ_FLASH edgeq_fully_connected_packed_s8_params *p,
                                                  const int8_t *x, int8_t *y, void *scratch) {
  int8_t *const weights = (int8_t *)scratch;
  for (int32_t u = 0; u < p->units; ++u) {
    const int32_t scale = u * p->scale_step;
    edgeq_decode_row(&p->packed, u, weights);
    for (int32_t row = 0; row < p->rows; ++row) {
      const int8_t *const from = x + row * p->depth;
      int32_t sum = 0;
      for (int32_t d = 0; d < p->depth; ++d) {
        sum += (int32_t)from[d] * weights[d];
      }
      y[row * p->units + u] =
          (int8_t)edgeq_requantize(edgeq_wrapping_add(sum, p->bias[u]), p->multiplier[scale], p->shift[scale],
                                   p->output_zero_point, p->activation_min, p->activation_max);
    }
  }
}
