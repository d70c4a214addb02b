#include "float32.h"
#include "pool.h"

typedef edgeq_pool_f32_params edgeq_max_pool_2d_f32_params;

/* The largest of one channel in a window, the first of equals; x: the channel's element at the image's first pixel. */
static float edgeq_max_pool_2d_f32_window(const EDGEQ_FLASH edgeq_pool_geometry *g, const float *x,
                                          edgeq_pool_window window) {
  float largest = -FLT_MAX;
  for (int32_t i = 0; i < window.rows; ++i) {
    const float *element = x + window.at + i * g->input_width * g->channels;
    for (int32_t j = 0; j < window.columns; ++j) {
      largest = largest < element[j * g->channels] ? element[j * g->channels] : largest;
    }
  }
  return largest;
}

/* MAX_POOL_2D on float32.
 * x: [batches, input_height, input_width, channels]
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; may overlap x as far as each
 *    window is read before its output is written
 */
EDGEQ_KERNEL void edgeq_max_pool_2d_f32(const EDGEQ_FLASH edgeq_max_pool_2d_f32_params *p, const float *x, float *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t n = 0; n < g->batches; ++n, x += g->input_height * g->input_width * g->channels) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column) {
        const edgeq_pool_window window = edgeq_pool_clip(g, row, column);
        for (int32_t c = 0; c < g->channels; ++c) {
          const float largest = edgeq_max_pool_2d_f32_window(g, x + c, window);
          *y++ = edgeq_bound(largest, p->activation_min, p->activation_max);
        }
      }
    }
  }
}
