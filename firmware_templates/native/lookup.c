#include "edgeq_native.h"

/* Any operator of one int8 tensor whose output depends on one element alone, as the table of its 256 outputs. */
typedef struct {
  int32_t elements;
  const EDGEQ_FLASH int8_t *table; /* [256], the outputs for 0 ... 127, -128 ... -1 */
} edgeq_lookup_s8_params;

/* LOGISTIC, TANH, HARD_SWISH, RELU and the like on int8.
 * x: [elements], -128 to 127
 * y: [elements], values of the table; may be x itself
 */
EDGEQ_KERNEL void edgeq_lookup_s8(const EDGEQ_FLASH edgeq_lookup_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH int8_t *const table = p->table;
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = table[(uint8_t)x[i]];
  }
}
