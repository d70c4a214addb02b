#include "float32.h"

/* Loops over the kept and the reduced axes of a tensor, outermost first, strides in elements. */
typedef struct {
  int32_t kept[3], kept_stride[3];
  int32_t reduced[3], reduced_stride[3];
  float count; /* elements per output */
} edgeq_reduce_mean_f32_params;

/* The sum of the reduced elements from x on, in their order. */
static float edgeq_reduce_mean_f32_sum(const EDGEQ_FLASH edgeq_reduce_mean_f32_params *p, const float *x) {
  float sum = 0.0f;
  for (int32_t i = 0; i < p->reduced[0]; ++i) {
    for (int32_t j = 0; j < p->reduced[1]; ++j) {
      const float *element = x + i * p->reduced_stride[0] + j * p->reduced_stride[1];
      for (int32_t k = 0; k < p->reduced[2]; ++k) {
        sum += element[k * p->reduced_stride[2]];
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
  for (int32_t i = 0; i < p->kept[0]; ++i) {
    for (int32_t j = 0; j < p->kept[1]; ++j) {
      for (int32_t k = 0; k < p->kept[2]; ++k) {
        const int32_t at = i * p->kept_stride[0] + j * p->kept_stride[1] + k * p->kept_stride[2];
        *y++ = edgeq_reduce_mean_f32_sum(p, x + at) / p->count;
      }
    }
  }
}
