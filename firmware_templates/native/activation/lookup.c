#include "common/edgeq_native.h"

/* Any operator of one int8 tensor whose output depends on one element alone, as the table of its
 * 256 outputs. */
typedef struct {
  int32_t elements;
  const EDGEQ_FLASH int8_t *table; /* [256], the outputs for 0 ... 127, -128 ... -1 */
} edgeq_lookup_s8_params;

/* LOGISTIC, TANH, HARD_SWISH, RELU and the like on int8.
 * x: [elements], -128 to 127
 * y: [elements], values of the table; may be x itself
 */
EDGEQ_KERNEL void edgeq_lookup_s8(const EDGEQ_FLASH edgeq_lookup_s8_params *p, const int8_t *x,
                                  int8_t *y) {
  const EDGEQ_FLASH int8_t *const table = p->table;
  int32_t left = p->elements;
  EDGEQ_ROLLED
  for (; left >= 4; left -= 4, x += 4, y += 4) {
    y[0] = table[(uint8_t)x[0]];
    y[1] = table[(uint8_t)x[1]];
    y[2] = table[(uint8_t)x[2]];
    y[3] = table[(uint8_t)x[3]];
  }
  EDGEQ_ROLLED
  for (; left > 0; --left) {
    *y++ = table[(uint8_t)*x++];
  }
}
