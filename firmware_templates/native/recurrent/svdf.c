#include "common/edgeq_native.h"

/* Rendered for
 *   NAME      STATE    LOWEST     HIGHEST
 *   svdf_s8   int8_t   INT8_MIN   INT8_MAX
 *   svdf_s16  int16_t  INT16_MIN  INT16_MAX
 */
typedef int8_t STATE;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

/* Each unit sums `rank` filters; a filter has weights of the inputs and weights of the latest
 * `memory` results that the first ones gave. */
typedef struct {
  int32_t batches, inputs, units, rank, memory;
  const EDGEQ_FLASH int8_t *feature; /* [units, rank, inputs] */
  const EDGEQ_FLASH STATE *time;     /* [units, rank, memory] */
  const EDGEQ_FLASH int32_t *bias;   /* [units] */
  int32_t input_zero_point, feature_multiplier, feature_shift, state_zero_point;
  int32_t multiplier, shift, output_zero_point;
} edgeq_NAME_params;

/* What the weights of the inputs give, as the state holds it. */
static inline STATE edgeq_NAME_feature(const EDGEQ_FLASH edgeq_NAME_params *p,
                                       const EDGEQ_FLASH int8_t *feature, const int8_t *x) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->inputs; ++i) {
    sum = edgeq_wrapping_add(sum, feature[i] * (x[i] - p->input_zero_point));
  }
  const int32_t result =
      edgeq_requantize(sum, p->feature_multiplier, (int)p->feature_shift, 0, LOWEST, HIGHEST);
  return (STATE)(p->state_zero_point + result);
}

/* SVDF on int8, with a state of int8 or int16. Sums are modulo 2^32.
 * x: [batches, inputs], any value
 * y: [batches, units]; shares no byte with x
 * state: [batches, units, rank, memory], the latest results last; each moves one place on
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const int8_t *x, int8_t *y,
                             STATE *state) {
  for (int32_t batch = 0; batch < p->batches; ++batch, x += p->inputs) {
    const EDGEQ_FLASH int8_t *feature = p->feature;
    const EDGEQ_FLASH STATE *time = p->time;
    for (int32_t unit = 0; unit < p->units; ++unit) {
      int32_t sum = p->bias[unit];
      for (int32_t r = 0; r < p->rank; ++r, feature += p->inputs) {
        for (int32_t m = 0; m + 1 < p->memory; ++m) {
          state[m] = state[m + 1];
        }
        state[p->memory - 1] = edgeq_NAME_feature(p, feature, x);
        for (int32_t m = 0; m < p->memory; ++m) {
          sum = edgeq_wrapping_add(sum, *time++ * (*state++ - p->state_zero_point));
        }
      }
      *y++ = (int8_t)edgeq_requantize(sum, p->multiplier, (int)p->shift, p->output_zero_point,
                                      INT8_MIN, INT8_MAX);
    }
  }
}
