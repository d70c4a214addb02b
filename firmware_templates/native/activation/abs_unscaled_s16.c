#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
} edgeq_abs_unscaled_s16_params;

/* ABS on int16 without a scale.
 * x: [elements], -32768 to 32767
 * y: [elements], 0 to 32767, and -32768 where x is; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_abs_unscaled_s16(const EDGEQ_FLASH edgeq_abs_unscaled_s16_params *p,
                                         const int16_t *x, int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int16_t)edgeq_larger(x[i], -(int32_t)x[i]);
  }
}
