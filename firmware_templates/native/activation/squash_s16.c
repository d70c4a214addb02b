#include "activation/squash.h"

/* Rendered for
 *   NAME          FUNCTION
 *   logistic_s16  edgeq_logistic_16
 *   tanh_s16      edgeq_tanh_16
 */
#define FUNCTION edgeq_logistic_16

typedef struct {
  int32_t elements;
  int32_t multiplier; /* x_scale * 3 * 4096 * 2^shift */
  int8_t shift;
  const EDGEQ_FLASH uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
} edgeq_NAME_params;

/* LOGISTIC and TANH on int16, zero points 0, output scale 2^-15.
 * x: [elements], -32768 to 32767
 * y: [elements], 0 to 32767 of LOGISTIC, -32768 to 32767 of TANH; may be x itself
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const int16_t *x, int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = FUNCTION(p->sigmoid, edgeq_sigmoid_units(x[i], p->multiplier, p->shift));
  }
}
