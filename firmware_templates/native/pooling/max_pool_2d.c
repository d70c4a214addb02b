#include "pooling/pool.h"

/* Rendered for
 *   NAME             T        V        LOWEST     VALUES
 *   max_pool_2d_s16  int16_t  int32_t  INT16_MIN  "pooling/integers.h"
 *   max_pool_2d_f32  float    float    -FLT_MAX   "pooling/reals.h"
 */
typedef int16_t T;
typedef int32_t V;
#define LOWEST INT16_MIN
#define VALUES "pooling/integers.h"

#include VALUES

/* MAX_POOL_2D: the largest elements of all channels in a window, clamped; x: the image. */
static void edgeq_NAME_pixel(
    const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, edgeq_pool_window window, T *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t c = 0; c < g->channels; ++c) {
    V largest = LOWEST;
    const T *line = x + window.at + c;
    for (int32_t i = 0; i < window.rows; ++i, line += g->input_width * g->channels) {
      for (int32_t j = 0; j < window.columns; ++j) {
        largest = edgeq_NAME_larger(largest, line[j * g->channels]);
      }
    }
    y[c] = edgeq_NAME_bound(p, largest);
  }
}

#include "pooling/windows.h"
