#include "common/edgeq_native.h"
#include "resize/neighbours.h"

/* Rendered for
 *   NAME                 T        V
 *   resize_bilinear_s8   int8_t   int32_t
 *   resize_bilinear_s16  int16_t  int64_t
 */
typedef int8_t T;
typedef int32_t V;

typedef struct {
  int32_t batches, channels;
  edgeq_resized_axis rows, columns;
} edgeq_NAME_params;

/* x / 2^20 to nearest, ties away from zero. */
static inline T edgeq_NAME_rounded(V x) {
  const V negative = -(V)(x < 0);
  const V magnitude = (x ^ negative) - negative;
  return (T)((((magnitude + ((int32_t)1 << 19)) >> 20) ^ negative) - negative);
}

/* The channels of a pixel between the lines `above` and `below`. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_NAME_params *p, const T *above, const T *below,
    V down, edgeq_neighbours columns, T *y) {
  const V across = columns.behind, up = 1024 - down, left = 1024 - across;
  const int32_t lower = columns.lower * p->channels, upper = columns.upper * p->channels;
  for (int32_t c = 0; c < p->channels; ++c) {
    const V at_left = above[lower + c] * up + below[lower + c] * down;
    const V at_right = above[upper + c] * up + below[upper + c] * down;
    y[c] = edgeq_NAME_rounded(at_left * left + at_right * across);
  }
}

/* RESIZE_BILINEAR of integers, in steps of 1/1024 pixel.
 * x: [batches, rows.input, columns.input, channels], any value
 * y: [batches, rows.output, columns.output, channels]; it may lie so far below x that no byte is
 *    written before its last read
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y) {
  const int32_t line = p->columns.input * p->channels;
  for (int32_t n = 0; n < p->batches; ++n, x += p->rows.input * line) {
    for (int32_t row = 0; row < p->rows.output; ++row) {
      const edgeq_neighbours rows = edgeq_neighbours_of(&p->rows, row);
      for (int32_t column = 0; column < p->columns.output; ++column, y += p->channels) {
        edgeq_NAME_pixel(p, x + rows.lower * line, x + rows.upper * line, rows.behind,
            edgeq_neighbours_of(&p->columns, column), y);
      }
    }
  }
}
