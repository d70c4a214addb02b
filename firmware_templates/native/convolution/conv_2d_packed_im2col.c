#include "convolution/conv_2d_packed_im2col.h"

/* CONV_2D on int8 by packed weights, 4 * tiles pixels at a time.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, output_channels], activation_min to activation_max; may
 *    overlap x as far as so many pixels are written only after their windows were read
 * scratch: tiles * tile_bytes, pairs_bytes, 16 * eights for two filters, then 4 * tap_groups
 */
EDGEQ_KERNEL void edgeq_conv_2d_packed_im2col_s8(
    const EDGEQ_FLASH edgeq_conv_2d_packed_im2col_s8_params *p, const int8_t *x, int8_t *y,
    void *scratch) {
  const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *const layer = &p->layer;
  const int32_t line_bytes = layer->input_width * layer->input_channels;
  for (int32_t n = 0; n < layer->batches; ++n) {
    const edgeq_lines lines = edgeq_lines_from(x, line_bytes, layer->input_height, 0);
    edgeq_conv_2d_packed_rows(p, &lines, 0, layer->output_height, y, (int8_t *)scratch);
    x += layer->input_height * line_bytes;
    y += layer->output_height * layer->output_width * layer->output_channels;
  }
}
