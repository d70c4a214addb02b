#include "wide.h"

/* Geometry and constants of a fully connected layer of int16 by int8 weights; zero points are 0. */
typedef struct {
  int32_t rows, depth, units;
  int32_t scale_step; /* 1: a multiplier and a shift for each unit; 0: one for all */
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [units, depth] */
  const EDGEQ_FLASH int64_t *bias;       /* [units] */
  const EDGEQ_FLASH int16_t *multiplier; /* [units] or [1] */
  const EDGEQ_FLASH int8_t *shift;       /* [units] or [1] */
} edgeq_fully_connected_s16_params;

/* FULLY_CONNECTED on int16.
 * x: [rows, depth], any value
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_fully_connected_s16(const EDGEQ_FLASH edgeq_fully_connected_s16_params *p, const int16_t *x,
                                            int16_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth) {
    const EDGEQ_FLASH int8_t *weights = p->weights;
    for (int32_t u = 0; u < p->units; ++u, weights += p->depth) {
      int64_t sum = p->bias[u];
      for (int32_t d = 0; d < p->depth; ++d) {
        sum += (int32_t)x[d] * weights[d];
      }
      const int32_t scale = u * p->scale_step;
      *y++ = edgeq_requantize_wide(sum, p->multiplier[scale], p->shift[scale], p->activation_min, p->activation_max);
    }
  }
}
