#include "float32.h"
#include "pool.h"

typedef struct {
  edgeq_pool_params window; /* its integer bounds are not read */
  float activation_min, activation_max;
} edgeq_max_pool_2d_f32_params;

/* The largest of one channel in a window, the first of equals; x: the channel's element at the image's first pixel. */
static float edgeq_max_pool_2d_f32_window(const EDGEQ_FLASH edgeq_pool_params *p, const float *x,
                                          edgeq_pool_window window) {
  float largest = -FLT_MAX;
  for (int32_t i = 0; i < window.rows; ++i) {
    const float *element = x + window.at + i * p->input_width * p->channels;
    for (int32_t j = 0; j < window.columns; ++j) {
      largest = largest < element[j * p->channels] ? element[j * p->channels] : largest;
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
  const EDGEQ_FLASH edgeq_pool_params *const w = &p->window;
  for (int32_t n = 0; n < w->batches; ++n, x += w->input_height * w->input_width * w->channels) {
    for (int32_t row = 0; row < w->output_height; ++row) {
      for (int32_t column = 0; column < w->output_width; ++column) {
        const edgeq_pool_window window = edgeq_pool_clip(w, row, column);
        for (int32_t c = 0; c < w->channels; ++c) {
          const float largest = edgeq_max_pool_2d_f32_window(w, x + c, window);
          *y++ = edgeq_bound(largest, p->activation_min, p->activation_max);
        }
      }
    }
  }
}
