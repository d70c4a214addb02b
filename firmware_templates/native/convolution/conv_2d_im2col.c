#include "convolution/conv_2d_im2col.h"

/* CONV_2D on int8, four pixels at a time.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, output_channels], activation_min to activation_max; may
 *    overlap x as far as four pixels are written only after their windows were read
 * scratch: EDGEQ_GROUP_TAPS * tap_groups taps, then 4 * tap_groups bytes unless channels come in
 *    whole groups of 4
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_conv_2d_im2col_s8(
    const EDGEQ_FLASH edgeq_conv_2d_im2col_s8_params *p, const int8_t *x, int8_t *y,
    void *scratch) {
  const int32_t line_bytes = p->input_width * p->input_channels;
  for (int32_t n = 0; n < p->batches; ++n) {
    const edgeq_lines lines = edgeq_lines_from(x, line_bytes, p->input_height, 0);
    edgeq_conv_2d_rows(p, &lines, 0, p->output_height, y, (edgeq_tap *)scratch);
    x += p->input_height * line_bytes;
    y += p->output_height * p->output_width * p->output_channels;
  }
}
