#include "common/edgeq_native.h"

/* Rendered for
 *   TYPES    X        Y        LOWEST     HIGHEST
 *   s8_s16   int8_t   int16_t  INT16_MIN  INT16_MAX
 *   s8_s32   int8_t   int32_t  INT32_MIN  INT32_MAX
 *   s16_s8   int16_t  int8_t   INT8_MIN   INT8_MAX
 *   s16_s16  int16_t  int16_t  INT16_MIN  INT16_MAX
 *   s16_s32  int16_t  int32_t  INT32_MIN  INT32_MAX
 *   s32_s8   int32_t  int8_t   INT8_MIN   INT8_MAX
 *   s32_s16  int32_t  int16_t  INT16_MIN  INT16_MAX
 */
typedef int8_t X;
typedef int16_t Y;
#define LOWEST INT16_MIN
#define HIGHEST INT16_MAX

typedef struct {
  int32_t elements;
  int32_t x_zero_point, y_zero_point;
  int32_t multiplier; /* of x_scale / y_scale */
  int8_t shift;
} edgeq_quantize_TYPES_params;

/* QUANTIZE of integers to integers of another scale; differences and sums wrap as 32-bit registers
 * do.
 * x: [elements], any value
 * y: [elements], LOWEST to HIGHEST; may be x itself where the types are the same, may overlap x as
 *    far as each element is read before its bytes are written where one has 8 bits, else shares no
 *    byte with x
 */
EDGEQ_KERNEL void edgeq_quantize_TYPES(const EDGEQ_FLASH edgeq_quantize_TYPES_params *p,
    const X *x, Y *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t centred = (int32_t)((uint32_t)x[i] - (uint32_t)p->x_zero_point);
    y[i] = (Y)edgeq_requantize(
        centred, p->multiplier, p->shift, p->y_zero_point, LOWEST, HIGHEST);
  }
}
