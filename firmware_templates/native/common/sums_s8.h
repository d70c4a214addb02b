/* Rendered for the rows of the files that include it. */
#include "common/edgeq_native.h"

/* From sums in 32 bits, of int8 inputs by int8 weights to int8 outputs, or of int16 ones whose sums
 * cannot overflow to int16 outputs. The zero point of the inputs is folded
 * into the bias, bias[c] = b[c] - input_zero_point * sum(weights of c), so that sums run over raw
 * inputs. */
typedef struct {
  const EDGEQ_FLASH int32_t *bias;       /* [channels] */
  const EDGEQ_FLASH int32_t *multiplier; /* [channels] or [1] */
  const EDGEQ_FLASH int8_t *shift;       /* [channels] or [1] */
  int32_t zero_point, activation_min, activation_max;
} edgeq_outputs_TYPE;

static inline int32_t edgeq_plus_product_TYPE(int32_t sum, int32_t x, int8_t w) {
  return sum + x * w;
}

/* The output of channel c by the multiplier at `scale`, in the range of its type. */
static inline int32_t edgeq_output_TYPE(
    const EDGEQ_FLASH edgeq_outputs_TYPE *p, int32_t sum, int32_t c, int32_t scale) {
  return edgeq_requantize(edgeq_wrapping_add(sum, p->bias[c]), p->multiplier[scale],
      p->shift[scale], p->zero_point, p->activation_min, p->activation_max);
}
