#include "pool.h"

typedef edgeq_pool_params edgeq_max_pool_2d_s8_params;

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

/* The largest elements of all channels in a window, 16 channels at a time, clamped; x: the image. */
static void edgeq_max_pool_2d_s8_pixel(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                                       edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t c = 0; c < g->channels; c += 16) {
    const mve_pred16_t wanted = vctp8q((uint32_t)(g->channels - c));
    int8x16_t largest = vdupq_n_s8((int8_t)p->activation_min);
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = window.columns; j > 0; --j, element += g->channels) {
        largest = vmaxq_s8(largest, vldrbq_z_s8(element, wanted));
      }
    }
    vstrbq_p_s8(y + c, vminq_s8(largest, vdupq_n_s8((int8_t)p->activation_max)), wanted);
  }
}

#else

/* The largest elements of all channels in a window, clamped; x: the image. */
static void edgeq_max_pool_2d_s8_pixel(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                                       edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t c = 0; c < g->channels; ++c) {
    int32_t largest = INT8_MIN;
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = 0; j < window.columns; ++j) {
        largest = edgeq_larger(largest, element[j * g->channels]);
      }
    }
    y[c] = (int8_t)edgeq_smaller(edgeq_larger(largest, p->activation_min), p->activation_max);
  }
}

#endif

/* MAX_POOL_2D on int8.
 * x: [batches, input_height, input_width, channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may overlap x as far as
 *    each window is read before its output is written
 */
EDGEQ_KERNEL void edgeq_max_pool_2d_s8(const EDGEQ_FLASH edgeq_max_pool_2d_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t n = 0; n < g->batches; ++n, x += g->input_height * g->input_width * g->channels) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += g->channels) {
        edgeq_max_pool_2d_s8_pixel(p, x, edgeq_pool_clip(g, row, column), y);
      }
    }
  }
}
