#include "pooling/pool.h"

/* Rendered for
 *   NAME                 T        V        VALUES
 *   average_pool_2d_s16  int16_t  int32_t  "pooling/integers.h"
 *   average_pool_2d_f32  float    float    "pooling/reals.h"
 */
typedef int16_t T;
typedef int32_t V;
#define VALUES "pooling/integers.h"

#include VALUES

/* AVERAGE_POOL_2D: the means of all channels in a window, elements summed row by row, clamped; x:
 * the image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x,
                             edgeq_pool_window window, T *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_NAME_divisor divisor = edgeq_NAME_divisor_of(window);
  for (int32_t c = 0; c < g->channels; ++c) {
    V sum = 0;
    const T *line = x + window.at + c;
    for (int32_t i = 0; i < window.rows; ++i, line += g->input_width * g->channels) {
      for (int32_t j = 0; j < window.columns; ++j) {
        sum += line[j * g->channels];
      }
    }
    y[c] = edgeq_NAME_bound(p, edgeq_NAME_mean(sum, &divisor));
  }
}

#include "pooling/windows.h"
