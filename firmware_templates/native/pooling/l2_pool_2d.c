#include "common/square_root.h"
#include "pooling/pool.h"

/* Rendered for
 *   NAME            T      VALUES
 *   l2_pool_2d_f32  float  "pooling/reals.h"
 */
typedef float T;
#define VALUES "pooling/reals.h"

#include VALUES

/* L2_POOL_2D: the root of the mean square of all channels in a window, clamped; x: the image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x,
                             edgeq_pool_window window, T *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_NAME_divisor count = edgeq_NAME_divisor_of(window);
  for (int32_t c = 0; c < g->channels; ++c) {
    T squares = 0;
    const T *line = x + window.at + c;
    for (int32_t i = 0; i < window.rows; ++i, line += g->input_width * g->channels) {
      for (int32_t j = 0; j < window.columns; ++j) {
        squares = edgeq_add_product(squares, line[j * g->channels], line[j * g->channels]);
      }
    }
    y[c] = edgeq_NAME_bound(p, edgeq_sqrt(squares / count));
  }
}

#include "pooling/windows.h"
