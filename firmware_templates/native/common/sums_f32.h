/* Rendered for the rows of the files that include it. */
#include "common/float32.h"

/* From sums of float32 products to outputs. */
typedef struct {
  float activation_min, activation_max;
  const EDGEQ_FLASH float *bias; /* [channels] */
} edgeq_outputs_TYPE;

static inline float edgeq_plus_product_TYPE(float sum, float x, float w) {
  return edgeq_add_product(sum, x, w);
}

/* The output of channel c; a float has no scale to look up. */
static inline float edgeq_output_TYPE(
    const EDGEQ_FLASH edgeq_outputs_TYPE *p, float sum, int32_t c, int32_t scale) {
  (void)scale;
  return edgeq_bound(sum + p->bias[c], p->activation_min, p->activation_max);
}
