/* Rendered for the rows of the files that include it. */
#include "common/edgeq_native.h"

/* From sums of int8 inputs by int8 weights to int8 outputs. The zero point of the inputs is folded
 * into the bias, bias[c] = b[c] - input_zero_point * sum(weights of c), so that sums run over raw
 * inputs. */
typedef struct {
  const EDGEQ_FLASH int32_t *bias;       /* [channels] */
  const EDGEQ_FLASH int32_t *multiplier; /* [channels] or [1] */
  const EDGEQ_FLASH int8_t *shift;       /* [channels] or [1] */
  int32_t zero_point, activation_min, activation_max;
} edgeq_outputs_TYPE;

static inline int32_t edgeq_plus_product_TYPE(int32_t sum, int8_t x, int8_t w) {
  return sum + (int32_t)x * w;
}

/* The output of channel c by the multiplier at `scale`, in the range of int8. */
static inline int32_t edgeq_output_TYPE(
    const EDGEQ_FLASH edgeq_outputs_TYPE *p, int32_t sum, int32_t c, int32_t scale) {
  return edgeq_requantize(edgeq_wrapping_add(sum, p->bias[c]), p->multiplier[scale],
      p->shift[scale], p->zero_point, p->activation_min, p->activation_max);
}
