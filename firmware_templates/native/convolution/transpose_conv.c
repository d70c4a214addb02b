#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  X        W       V        SUM      TIMES          WINDOW
 *   s8    int8_t   int8_t  int32_t  int32_t  edgeq_times    "convolution/window_s8.h"
 *   s16   int16_t  int8_t  int32_t  int64_t  edgeq_times    "convolution/window_s16.h"
 *   f32   float    float   float    float    edgeq_product  "convolution/window_f32.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t V;
typedef int32_t SUM;
#define TIMES edgeq_times
#define WINDOW "convolution/window_s8.h"

#include WINDOW
#include "convolution/transposed.h"

/* Geometry and constants of a transposed convolution; pads are those of the output. What padding
 * would count as, the zero point of the inputs, is subtracted from every input, not folded into the
 * bias. */
typedef struct {
  edgeq_window_TYPE window;
  int32_t channels;
  const EDGEQ_FLASH W *weights; /* [channels, filter_height, filter_width, input_channels] */
  edgeq_outputs_TYPE outputs;   /* of `channels` */
} edgeq_transpose_conv_TYPE_params;

/* The sum of one filter over the inputs that reach a pixel, in their order.
 * x: the image; rows, columns: the inputs and taps that meet. */
EDGEQ_ONCE static SUM edgeq_transpose_conv_TYPE_sum(
    const EDGEQ_FLASH edgeq_transpose_conv_TYPE_params *p, const X *x, const EDGEQ_FLASH W *filter,
    edgeq_reach rows, edgeq_reach columns) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  const int32_t zero_point = edgeq_padding_TYPE(&p->window), depth = g->input_channels;
  SUM sum = 0;
  for (int32_t i = 0; i < rows.count; ++i) {
    const X *pixel = x + ((rows.input + i) * g->input_width + columns.input) * depth;
    const int32_t line = (rows.tap - i * g->stride_height) * g->filter_width + columns.tap;
    for (int32_t j = 0; j < columns.count; ++j, pixel += depth) {
      const EDGEQ_FLASH W *const taps = filter + (line - j * g->stride_width) * depth;
      for (int32_t c = 0; c < depth; ++c) {
        sum += TIMES((V)pixel[c] - (V)zero_point, taps[c]);
      }
    }
  }
  return sum;
}

/* TRANSPOSE_CONV, one output pixel after the other from the inputs that reach it.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; it may lie
 *    so far below x that no byte is written before its last read
 */
EDGEQ_KERNEL void edgeq_transpose_conv_TYPE(
    const EDGEQ_FLASH edgeq_transpose_conv_TYPE_params *p, const X *x, X *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  const int32_t taps = g->filter_height * g->filter_width * g->input_channels;
  for (int32_t n = 0; n < g->batches; ++n, x += edgeq_image_elements(g)) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      const edgeq_reach rows =
          edgeq_reach_of(row + g->pad_top, g->filter_height, g->stride_height, g->input_height);
      for (int32_t column = 0; column < g->output_width; ++column) {
        const edgeq_reach columns = edgeq_reach_of(
            column + g->pad_left, g->filter_width, g->stride_width, g->input_width);
        for (int32_t f = 0; f < p->channels; ++f) {
          const SUM sum = edgeq_transpose_conv_TYPE_sum(p, x, p->weights + f * taps, rows, columns);
          *y++ = (X)edgeq_output_TYPE(&p->outputs, sum, f, f);
        }
      }
    }
  }
}
