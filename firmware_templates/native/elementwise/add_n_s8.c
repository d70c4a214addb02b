#include "common/requantize.h"
#include "elementwise/elementwise.h"

#define EDGEQ_ADD_N_SHIFT 19

typedef struct {
  int32_t elements, inputs;
  int32_t bias; /* -(inputs + 1) * zero point of the inputs */
  int32_t y_zero_point;
  int32_t multiplier, half; /* of the sum's scale, as in edgeq_factor */
  int8_t away, right;
} edgeq_add_n_s8_params;

/* ADD_N on int8 of one scale and zero point, at most 15 inputs.
 * x: [inputs] pointers to [elements] each, computed or constant
 * y: [elements], -128 to 127; may be an input itself or start below it
 */
EDGEQ_KERNEL void edgeq_add_n_s8(const EDGEQ_FLASH edgeq_add_n_s8_params *p,
                                 const EDGEQ_FLASH void *const *x, int8_t *y) {
  const edgeq_factor factor = {p->multiplier, p->half, p->away, p->right};
  for (int32_t i = 0; i < p->elements; ++i) {
    int32_t sum = p->bias;
    for (int32_t k = 0; k < p->inputs; ++k) {
      sum += ((const EDGEQ_FLASH int8_t *)x[k])[i];
    }
    const int32_t scaled = edgeq_scale(sum * ((int32_t)1 << EDGEQ_ADD_N_SHIFT), &factor);
    y[i] = (int8_t)edgeq_saturate_s8(scaled + p->y_zero_point);
  }
}
