#include "mean.h"

typedef edgeq_pool_params edgeq_average_pool_2d_s8_params;

/* The mean of a sum, clamped. */
static inline int8_t edgeq_average_pool_2d_s8_mean(const EDGEQ_FLASH edgeq_pool_params *p, int32_t sum,
                                                   const edgeq_divisor *divisor) {
  return (int8_t)edgeq_smaller(edgeq_larger(edgeq_mean(sum, divisor), p->activation_min), p->activation_max);
}

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

/* The means of all channels in a window, four channels at a time; x: the image. */
static void edgeq_average_pool_2d_s8_pixel(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                                           edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_divisor divisor = edgeq_divisor_of(window);
  for (int32_t c = 0; c < g->channels; c += 4) {
    const mve_pred16_t wanted = vctp32q((uint32_t)(g->channels - c));
    int32x4_t sums = vdupq_n_s32(0);
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = window.columns; j > 0; --j, element += g->channels) {
        sums = vaddq_s32(sums, vldrbq_z_s32(element, wanted));
      }
    }
    int32_t sum[4];
    vstrwq_s32(sum, sums);
    for (int32_t k = 0; k < 4 && c + k < g->channels; ++k) {
      y[c + k] = edgeq_average_pool_2d_s8_mean(p, sum[k], &divisor);
    }
  }
}

#else

/* The means of all channels in a window; x: the image. */
static void edgeq_average_pool_2d_s8_pixel(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                                           edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_divisor divisor = edgeq_divisor_of(window);
  for (int32_t c = 0; c < g->channels; ++c) {
    int32_t sum = 0;
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = 0; j < window.columns; ++j) {
        sum += element[j * g->channels];
      }
    }
    y[c] = edgeq_average_pool_2d_s8_mean(p, sum, &divisor);
  }
}

#endif

/* AVERAGE_POOL_2D on int8; input and output share scale and zero point.
 * x: [batches, input_height, input_width, channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may overlap x as far as
 *    each window is read before its output is written
 */
EDGEQ_KERNEL void edgeq_average_pool_2d_s8(const EDGEQ_FLASH edgeq_average_pool_2d_s8_params *p, const int8_t *x,
                                           int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t n = 0; n < g->batches; ++n, x += g->input_height * g->input_width * g->channels) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += g->channels) {
        edgeq_average_pool_2d_s8_pixel(p, x, edgeq_pool_clip(g, row, column), y);
      }
    }
  }
}
