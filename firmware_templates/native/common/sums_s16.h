/* Rendered for the rows of the files that include it. */
#include "common/wide.h"

/* From sums of int16 inputs by int8 weights, in 64 bits, to int16 outputs; zero points are 0. */
typedef struct {
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int64_t *bias;       /* [channels] */
  const EDGEQ_FLASH int16_t *multiplier; /* [channels] or [1] */
  const EDGEQ_FLASH int8_t *shift;       /* [channels] or [1] */
} edgeq_outputs_TYPE;

static inline int64_t edgeq_plus_product_TYPE(int64_t sum, int16_t x, int8_t w) {
  return sum + (int32_t)x * w;
}

/* The output of channel c by the multiplier at `scale`, in the range of int16. */
static inline int32_t edgeq_output_TYPE(
    const EDGEQ_FLASH edgeq_outputs_TYPE *p, int64_t sum, int32_t c, int32_t scale) {
  return edgeq_requantize_wide(sum + p->bias[c], p->multiplier[scale], p->shift[scale],
      p->activation_min, p->activation_max);
}
