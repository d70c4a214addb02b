#include "reduce.h"

typedef edgeq_reduce_params edgeq_reduce_sum_s8_params;

/* The sum of the reduced elements from x on, modulo 2^32. */
static int32_t edgeq_reduce_sum_s8_one(const EDGEQ_FLASH edgeq_reduce_loops *loops, const int8_t *x) {
  int32_t sum = 0;
  for (int32_t i = 0; i < loops->reduced[0]; ++i) {
    for (int32_t j = 0; j < loops->reduced[1]; ++j) {
      const int8_t *element = x + i * loops->reduced_stride[0] + j * loops->reduced_stride[1];
      for (int32_t k = 0; k < loops->reduced[2]; ++k) {
        sum = edgeq_wrapping_add(sum, element[k * loops->reduced_stride[2]]);
      }
    }
  }
  return sum;
}

/* SUM and MEAN on int8.
 * x: any value, read at the offsets that the loops of kept and reduced axes give
 * y: one element for each kept one, in their order; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_reduce_sum_s8(const EDGEQ_FLASH edgeq_reduce_sum_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH edgeq_reduce_loops *const loops = &p->loops;
  for (int32_t i = 0; i < loops->kept[0]; ++i) {
    for (int32_t j = 0; j < loops->kept[1]; ++j) {
      for (int32_t k = 0; k < loops->kept[2]; ++k) {
        const int32_t at = i * loops->kept_stride[0] + j * loops->kept_stride[1] + k * loops->kept_stride[2];
        const int32_t sum = edgeq_wrapping_add(edgeq_reduce_sum_s8_one(loops, x + at), p->offset);
        *y++ = (int8_t)edgeq_requantize(sum, p->multiplier, (int)p->shift, p->output_zero_point, INT8_MIN, INT8_MAX);
      }
    }
  }
}
