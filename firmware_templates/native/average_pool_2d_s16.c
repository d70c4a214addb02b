#include "mean.h"

typedef edgeq_pool_params edgeq_average_pool_2d_s16_params;

/* The sum of one channel in a window; x: the channel's element at the image's first pixel. */
static int32_t edgeq_average_pool_2d_s16_sum(const EDGEQ_FLASH edgeq_pool_geometry *g, const int16_t *x,
                                             edgeq_pool_window window) {
  int32_t sum = 0;
  for (int32_t i = 0; i < window.rows; ++i) {
    const int16_t *element = x + window.at + i * g->input_width * g->channels;
    for (int32_t j = 0; j < window.columns; ++j) {
      sum += element[j * g->channels];
    }
  }
  return sum;
}

/* AVERAGE_POOL_2D on int16; input and output share scale and zero point.
 * x: [batches, input_height, input_width, channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may overlap x as far as
 *    each window is read before its output is written
 */
EDGEQ_KERNEL void edgeq_average_pool_2d_s16(const EDGEQ_FLASH edgeq_average_pool_2d_s16_params *p, const int16_t *x,
                                            int16_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t n = 0; n < g->batches; ++n, x += g->input_height * g->input_width * g->channels) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column) {
        const edgeq_pool_window window = edgeq_pool_clip(g, row, column);
        const edgeq_divisor divisor = edgeq_divisor_of(window);
        for (int32_t c = 0; c < g->channels; ++c) {
          const int32_t mean = edgeq_mean(edgeq_average_pool_2d_s16_sum(g, x + c, window), &divisor);
          *y++ = (int16_t)edgeq_smaller(edgeq_larger(mean, p->activation_min), p->activation_max);
        }
      }
    }
  }
}
