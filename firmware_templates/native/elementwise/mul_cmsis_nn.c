#include "common/cmsis_nn.h"

typedef struct {
  int32_t a_offset, b_offset, output_offset, multiplier, shift;
  int32_t activation_min, activation_max, elements;
} edgeq_mul_cmsis_nn_params;

/* MUL of two tensors of one shape. y may be a or b itself, and shares no byte with them
 * otherwise. */
EDGEQ_KERNEL void edgeq_mul_cmsis_nn(const edgeq_mul_cmsis_nn_params *p, const int8_t *a,
                                     const int8_t *b, int8_t *y) {
  arm_elementwise_mul_s8(a, b, p->a_offset, p->b_offset, y, p->output_offset, p->multiplier,
                         p->shift, p->activation_min, p->activation_max, p->elements);
}
