#include "common/esp_nn.h"

typedef struct {
  int32_t a_offset, b_offset;
  int32_t a_multiplier, b_multiplier;
  int32_t a_shift, b_shift, left_shift;
  int32_t output_offset, output_multiplier, output_shift;
  int32_t activation_min, activation_max, elements;
} edgeq_sum_esp_nn_params;

/* ADD of two tensors of one shape. y may be a or b itself, and shares no byte with them
 * otherwise. */
EDGEQ_KERNEL void edgeq_sum_esp_nn(const edgeq_sum_esp_nn_params *p, const int8_t *a,
                                   const int8_t *b, int8_t *y) {
  esp_nn_add_elementwise_s8(a, b, p->a_offset, p->b_offset, p->a_multiplier, p->b_multiplier,
                            p->a_shift, p->b_shift, p->left_shift, y, p->output_offset,
                            p->output_multiplier, p->output_shift, p->activation_min,
                            p->activation_max, p->elements);
}
