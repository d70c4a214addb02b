#include "packed_weights.h"
#include "wide.h"

/* A fully connected layer whose rows of weights are decoded one after the other; zero points are 0. */
typedef struct {
  int32_t rows, depth, units;
  int32_t scale_step; /* 1: a multiplier and a shift for each unit; 0: one for all */
  int32_t activation_min, activation_max;
  edgeq_packed_weights packed;           /* a row for each unit */
  const EDGEQ_FLASH int64_t *bias;       /* [units] */
  const EDGEQ_FLASH int16_t *multiplier; /* [units] or [1] */
  const EDGEQ_FLASH int8_t *shift;       /* [units] or [1] */
} edgeq_fully_connected_packed_s16_params;

/* FULLY_CONNECTED on int16 by packed weights.
 * x: [rows, depth], any value
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 * scratch: 8 * eights, the weights of a unit
 */
EDGEQ_KERNEL void edgeq_fully_connected_packed_s16(const EDGEQ_FLASH edgeq_fully_connected_packed_s16_params *p,
                                                   const int16_t *x, int16_t *y, void *scratch) {
  int8_t *const weights = (int8_t *)scratch;
  for (int32_t u = 0; u < p->units; ++u) {
    const int32_t scale = u * p->scale_step;
    edgeq_decode_row(&p->packed, u, weights);
    for (int32_t row = 0; row < p->rows; ++row) {
      const int16_t *const from = x + row * p->depth;
      int64_t sum = p->bias[u];
      for (int32_t d = 0; d < p->depth; ++d) {
        sum += (int32_t)from[d] * weights[d];
      }
      y[row * p->units + u] = edgeq_requantize_wide(sum, p->multiplier[scale], p->shift[scale], p->activation_min,
                                                    p->activation_max);
    }
  }
}
