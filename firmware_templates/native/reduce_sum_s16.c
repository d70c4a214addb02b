#include "reduce.h"

typedef edgeq_reduce_params edgeq_reduce_sum_s16_params;

/* The sum of the reduced elements from x on, modulo 2^32. */
static int32_t edgeq_reduce_sum_s16_one(const EDGEQ_FLASH edgeq_reduce_params *p, const int16_t *x) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->reduced[0]; ++i) {
    for (int32_t j = 0; j < p->reduced[1]; ++j) {
      const int16_t *element = x + i * p->reduced_stride[0] + j * p->reduced_stride[1];
      for (int32_t k = 0; k < p->reduced[2]; ++k) {
        sum = edgeq_wrapping_add(sum, element[k * p->reduced_stride[2]]);
      }
    }
  }
  return sum;
}

/* SUM and MEAN on int16.
 * x: any value, read at the offsets that the loops of kept and reduced axes give
 * y: one element for each kept one, in their order; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_reduce_sum_s16(const EDGEQ_FLASH edgeq_reduce_sum_s16_params *p, const int16_t *x,
                                       int16_t *y) {
  for (int32_t i = 0; i < p->kept[0]; ++i) {
    for (int32_t j = 0; j < p->kept[1]; ++j) {
      for (int32_t k = 0; k < p->kept[2]; ++k) {
        const int32_t at = i * p->kept_stride[0] + j * p->kept_stride[1] + k * p->kept_stride[2];
        const int32_t sum = edgeq_wrapping_add(edgeq_reduce_sum_s16_one(p, x + at), p->offset);
        *y++ = (int16_t)edgeq_requantize(sum, p->multiplier, (int)p->shift, p->output_zero_point, INT16_MIN, INT16_MAX);
      }
    }
  }
}
