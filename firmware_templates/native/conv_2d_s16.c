#include "conv_2d_s16_channel.h"

/* CONV_2D on int16.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; shares no byte
 *    with x
 */
EDGEQ_KERNEL void edgeq_conv_2d_s16(const EDGEQ_FLASH edgeq_conv_2d_s16_params *p, const int16_t *x, int16_t *y) {
  const int32_t taps = p->geometry.filter_height * p->geometry.filter_width * p->filter_channels;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, x += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      edgeq_conv_2d_s16_channel(p, x, p->weights + f * taps, f, y);
    }
  }
}
