#include "affine_input.h"

typedef edgeq_affine_input_params edgeq_affine_input_s16_params;

/* SUB, MUL and QUANTIZE of real values to int16, for the elements of an input from `first` on.
 * x: [count], any; NaN gives the zero point
 * y: [count], -32768 to 32767; no byte shared with x
 */
EDGEQ_KERNEL void edgeq_affine_input_s16(const EDGEQ_FLASH edgeq_affine_input_s16_params *p, const float *x, int32_t first,
                                        int32_t count, int16_t *y) {
  edgeq_feature feature = edgeq_feature_of(p, first);
  for (int32_t i = 0; i < count; ++i) {
    y[i] = (int16_t)edgeq_affine(p, &feature, x[i], INT16_MIN, INT16_MAX);
  }
}
