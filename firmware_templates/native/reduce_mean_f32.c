#include "float32.h"
#include "reduce.h"

typedef struct {
  edgeq_reduce_loops loops;
  float count; /* elements per output */
} edgeq_reduce_mean_f32_params;

/* The sum of the reduced elements from x on, in their order. */
static float edgeq_reduce_mean_f32_sum(const EDGEQ_FLASH edgeq_reduce_loops *loops, const float *x) {
  float sum = 0.0f;
  for (int32_t i = 0; i < loops->reduced[0]; ++i) {
    for (int32_t j = 0; j < loops->reduced[1]; ++j) {
      const float *element = x + i * loops->reduced_stride[0] + j * loops->reduced_stride[1];
      for (int32_t k = 0; k < loops->reduced[2]; ++k) {
        sum += element[k * loops->reduced_stride[2]];
      }
    }
  }
  return sum;
}

/* MEAN on float32.
 * x: read at the offsets that the loops of kept and reduced axes give
 * y: one element for each kept one, in their order; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_reduce_mean_f32(const EDGEQ_FLASH edgeq_reduce_mean_f32_params *p, const float *x, float *y) {
  const EDGEQ_FLASH edgeq_reduce_loops *const loops = &p->loops;
  for (int32_t i = 0; i < loops->kept[0]; ++i) {
    for (int32_t j = 0; j < loops->kept[1]; ++j) {
      for (int32_t k = 0; k < loops->kept[2]; ++k) {
        const int32_t at = i * loops->kept_stride[0] + j * loops->kept_stride[1] + k * loops->kept_stride[2];
        *y++ = edgeq_reduce_mean_f32_sum(loops, x + at) / p->count;
      }
    }
  }
}
