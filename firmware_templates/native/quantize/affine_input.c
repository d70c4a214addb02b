#include "common/float32.h"
#include "quantize/real.h"

/* Rendered for
 *   TYPE  Y        LOWEST     HIGHEST
 *   s8    int8_t   INT8_MIN   INT8_MAX
 *   s16   int16_t  INT16_MIN  INT16_MAX
 */
typedef int8_t Y;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

/* Real values as sensors give them, brought to the integers of an input: what the affine operators
 * in front of the model and the QUANTIZE behind them compute, element by element and with the same
 * roundings. Element i of the input is one of feature i / inner % features. */
typedef struct {
  edgeq_from_real_params
      real;                /* elements of the whole input; scale and zero point of its integers */
  int32_t inner, features; /* 1 or more each */
  const EDGEQ_FLASH float *shift, *factor; /* [features] */
} edgeq_affine_input_TYPE_params;

/* The integer of (x - shift) * factor for the elements of an input from `first` on; the difference,
 * the product and the quotient are rounded each.
 * x: [count], any value; NaN gives the zero point
 * y: [count], LOWEST to HIGHEST; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_affine_input_TYPE(const EDGEQ_FLASH edgeq_affine_input_TYPE_params *p,
                                          const float *x, int32_t first, int32_t count, Y *y) {
  const int32_t line = first / p->inner;
  int32_t feature = line % p->features, left = p->inner - (first - line * p->inner);
  for (int32_t i = 0; i < count; ++i) {
    const float scaled = edgeq_product(x[i] - p->shift[feature], p->factor[feature]);
    if (--left == 0) {
      left = p->inner;
      feature = feature + 1 == p->features ? 0 : feature + 1;
    }
    y[i] = (Y)edgeq_from_real(&p->real, scaled, LOWEST, HIGHEST);
  }
}
