#include "conv_2d_channel.h"

/* CONV_2D on int8.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; shares no byte
 *    with x
 */
EDGEQ_KERNEL void edgeq_conv_2d_s8(const EDGEQ_FLASH edgeq_conv_2d_s8_params *p, const int8_t *x, int8_t *y) {
  const int32_t taps = p->geometry.filter_height * p->geometry.filter_width * p->filter_channels;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, x += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      edgeq_conv_2d_s8_channel(p, x, p->weights + f * taps, f, y);
    }
  }
}
