#include "pool.h"

typedef edgeq_pool_params edgeq_average_pool_2d_s8_params;

/* The mean of one channel in a window, ties away from zero; x: the channel's element at the image's first pixel. */
static int32_t edgeq_average_pool_2d_s8_window(const EDGEQ_FLASH edgeq_pool_params *p, const int8_t *x,
                                                edgeq_pool_window window) {
  const int32_t count = window.rows * window.columns;
  int32_t sum = 0;
  for (int32_t i = 0; i < window.rows; ++i) {
    const int8_t *element = x + window.at + i * p->input_width * p->channels;
    for (int32_t j = 0; j < window.columns; ++j) {
      sum += element[j * p->channels];
    }
  }
  return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/* AVERAGE_POOL_2D on int8; input and output share scale and zero point.
 * x: [batches, input_height, input_width, channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may overlap x as far as
 *    each window is read before its output is written
 */
EDGEQ_KERNEL void edgeq_average_pool_2d_s8(const EDGEQ_FLASH edgeq_average_pool_2d_s8_params *p, const int8_t *x,
                                            int8_t *y) {
  for (int32_t n = 0; n < p->batches; ++n, x += p->input_height * p->input_width * p->channels) {
    for (int32_t row = 0; row < p->output_height; ++row) {
      for (int32_t column = 0; column < p->output_width; ++column) {
        const edgeq_pool_window window = edgeq_pool_clip(p, row, column);
        for (int32_t c = 0; c < p->channels; ++c) {
          const int32_t mean = edgeq_average_pool_2d_s8_window(p, x + c, window);
          *y++ = (int8_t)edgeq_clamp(mean, p->activation_min, p->activation_max);
        }
      }
    }
  }
}
