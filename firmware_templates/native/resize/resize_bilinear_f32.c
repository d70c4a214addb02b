#include "common/edgeq_native.h"
#include "common/float32.h"

/* An axis that is resized: the inputs on both sides of each output, and how far it lies behind the
 * lower one. */
typedef struct {
  int32_t input, output;
  const EDGEQ_FLASH int32_t *lower; /* [output] */
  const EDGEQ_FLASH int32_t *upper; /* [output] */
  const EDGEQ_FLASH float *behind;  /* [output], in pixels, from -0.5 on */
} edgeq_resized_real_axis;

typedef struct {
  int32_t batches, channels;
  edgeq_resized_real_axis rows, columns;
} edgeq_resize_bilinear_f32_params;

/* x * a * b, both rounded. */
static inline float edgeq_weighted(float x, float a, float b) {
  return edgeq_product(edgeq_product(x, a), b);
}

/* The channels of the pixel at `column` between the lines `above` and `below`. */
static void edgeq_resize_bilinear_f32_pixel(const EDGEQ_FLASH edgeq_resize_bilinear_f32_params *p,
    const float *above, const float *below, float down, int32_t column, float *y) {
  const float across = p->columns.behind[column], up = 1.0f - down, left = 1.0f - across;
  const int32_t lower = p->columns.lower[column] * p->channels;
  const int32_t upper = p->columns.upper[column] * p->channels;
  for (int32_t c = 0; c < p->channels; ++c) {
    float sum = edgeq_weighted(above[lower + c], up, left);
    sum += edgeq_weighted(below[lower + c], down, left);
    sum += edgeq_weighted(above[upper + c], up, across);
    sum += edgeq_weighted(below[upper + c], down, across);
    y[c] = sum + 0.0f; /* makes 0 of -0, as the reference's rounding offset does */
  }
}

/* RESIZE_BILINEAR on float32.
 * x: [batches, rows.input, columns.input, channels]
 * y: [batches, rows.output, columns.output, channels]; it may lie so far below x that no byte is
 *    written before its last read
 */
EDGEQ_KERNEL void edgeq_resize_bilinear_f32(
    const EDGEQ_FLASH edgeq_resize_bilinear_f32_params *p, const float *x, float *y) {
  const int32_t line = p->columns.input * p->channels;
  for (int32_t n = 0; n < p->batches; ++n, x += p->rows.input * line) {
    for (int32_t row = 0; row < p->rows.output; ++row) {
      const float *const above = x + p->rows.lower[row] * line;
      const float *const below = x + p->rows.upper[row] * line;
      for (int32_t column = 0; column < p->columns.output; ++column, y += p->channels) {
        edgeq_resize_bilinear_f32_pixel(p, above, below, p->rows.behind[row], column, y);
      }
    }
  }
}
