#include "affine_input.h"

typedef edgeq_affine_input_params edgeq_affine_input_s8_params;

/* SUB, MUL and QUANTIZE of real values to int8, for the elements of an input from `first` on.
 * x: [count], any; NaN gives the zero point
 * y: [count], -128 to 127; no byte shared with x
 */
EDGEQ_KERNEL void edgeq_affine_input_s8(const EDGEQ_FLASH edgeq_affine_input_s8_params *p, const float *x, int32_t first,
                                       int32_t count, int8_t *y) {
  edgeq_feature feature = edgeq_feature_of(p, first);
  for (int32_t i = 0; i < count; ++i) {
    y[i] = (int8_t)edgeq_affine(p, &feature, x[i], INT8_MIN, INT8_MAX);
  }
}
