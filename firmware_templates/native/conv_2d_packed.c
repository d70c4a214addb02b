#include "conv_2d_channel.h"
#include "packed_weights.h"

/* A convolution as conv_2d.c computes it; filters are decoded one after the other. */
typedef struct {
  edgeq_conv_2d_s8_params layer; /* weights: NULL */
  edgeq_packed_weights packed;   /* a row for each filter */
} edgeq_conv_2d_packed_s8_params;

/* CONV_2D on int8 by packed weights.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; shares no byte
 *    with x
 * scratch: 8 * eights, a filter
 */
EDGEQ_KERNEL void edgeq_conv_2d_packed_s8(const EDGEQ_FLASH edgeq_conv_2d_packed_s8_params *p, const int8_t *x,
                                          int8_t *y, void *scratch) {
  int8_t *const filter = (int8_t *)scratch;
  int32_t f = 0;
  for (int32_t g = 0; g < p->layer.groups; ++g, x += p->layer.filter_channels) {
    for (int32_t k = 0; k < p->layer.group_filters; ++k, ++f) {
      edgeq_decode_row(&p->packed, f, filter);
      edgeq_conv_2d_s8_channel(&p->layer, x, filter, f, y);
    }
  }
}
