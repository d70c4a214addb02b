#include "common/cmsis_nn.h"

typedef struct {
  int32_t a_offset, a_multiplier, a_shift;
  int32_t b_offset, b_multiplier, b_shift;
  int32_t output_offset, output_multiplier, output_shift;
  int32_t left_shift, activation_min, activation_max, elements;
} edgeq_sum_cmsis_nn_params;

/* ADD of two tensors of one shape. y may be a or b itself, and shares no byte with them
 * otherwise. */
EDGEQ_KERNEL void edgeq_sum_cmsis_nn(const edgeq_sum_cmsis_nn_params *p, const int8_t *a,
                                     const int8_t *b, int8_t *y) {
  arm_elementwise_add_s8(a, b, p->a_offset, p->a_multiplier, p->a_shift, p->b_offset,
                         p->b_multiplier, p->b_shift, p->left_shift, y, p->output_offset,
                         p->output_multiplier, p->output_shift, p->activation_min,
                         p->activation_max, p->elements);
}
