#include "quantize/real.h"

/* Rendered for
 *   TYPE  Y        LOWEST     HIGHEST
 *   s8    int8_t   INT8_MIN   INT8_MAX
 *   u8    uint8_t  0          UINT8_MAX
 *   s16   int16_t  INT16_MIN  INT16_MAX
 */
typedef int8_t Y;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

typedef edgeq_from_real_params edgeq_quantize_f32_TYPE_params;

/* QUANTIZE of float.
 * x: [elements], any value; NaN gives the zero point
 * y: [elements], LOWEST to HIGHEST; of 8 bits it may start with x or below, else it shares no byte
 *    with x
 */
EDGEQ_KERNEL void edgeq_quantize_f32_TYPE(const EDGEQ_FLASH edgeq_quantize_f32_TYPE_params *p,
    const float *x, Y *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (Y)edgeq_from_real(p, x[i], LOWEST, HIGHEST);
  }
}
