#include "common/float32.h"

/* Each unit sums `rank` filters; a filter has weights of the inputs and weights of the latest
 * `memory` results that the first ones gave. */
typedef struct {
  int32_t batches, inputs, units, rank, memory;
  const EDGEQ_FLASH float *feature; /* [units, rank, inputs] */
  const EDGEQ_FLASH float *time;    /* [units, rank, memory] */
  const EDGEQ_FLASH float *bias;    /* [units] */
  float low, high;
  int8_t bounded; /* whether by these; NaN to high, if finite, or low */
} edgeq_svdf_f32_params;

/* SVDF on float32: each sum in the order of its terms, that of a filter from 0 on.
 * x: [batches, inputs], any value
 * y: [batches, units], low to high; shares no byte with x
 * state: [batches, units, rank, memory], the latest results last; each moves one place on
 */
EDGEQ_KERNEL void edgeq_svdf_f32(
    const EDGEQ_FLASH edgeq_svdf_f32_params *p, const float *x, float *y, float *state) {
  for (int32_t batch = 0; batch < p->batches; ++batch, x += p->inputs) {
    const EDGEQ_FLASH float *feature = p->feature;
    const EDGEQ_FLASH float *time = p->time;
    for (int32_t unit = 0; unit < p->units; ++unit) {
      float sum = p->bias[unit];
      for (int32_t r = 0; r < p->rank; ++r) {
        float newest = 0.0f, filter = 0.0f;
        for (int32_t i = 0; i < p->inputs; ++i) {
          newest = edgeq_add_product(newest, *feature++, x[i]);
        }
        for (int32_t m = 0; m + 1 < p->memory; ++m) {
          state[m] = state[m + 1];
        }
        state[p->memory - 1] = newest;
        for (int32_t m = 0; m < p->memory; ++m) {
          filter = edgeq_add_product(filter, *time++, *state++);
        }
        sum += filter;
      }
      const float capped = p->high <= FLT_MAX && !(sum < p->high) ? p->high : sum;
      *y++ = !p->bounded || capped > p->low ? capped : p->low;
    }
  }
}
