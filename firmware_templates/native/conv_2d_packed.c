#include "conv_2d_window.h"
#include "packed_weights.h"

/* A convolution as conv_2d.c computes it; filters are decoded one after the other. */
typedef struct {
  edgeq_conv_2d_s8_params layer; /* weights: NULL */
  edgeq_packed_weights packed;   /* a row for each filter */
} edgeq_conv_2d_packed_s8_params;

/* Channel f of an image by its decoded filter; x: the first channel of the filter's group. */
static void edgeq_conv_2d_packed_channel(const EDGEQ_FLASH edgeq_conv_2d_s8_params *p, const int8_t *x,
                                         const int8_t *filter, int32_t f, int8_t *y) {
  const int32_t channels = p->groups * p->group_filters;
  for (int32_t row = 0; row < p->output_height; ++row) {
    for (int32_t column = 0; column < p->output_width; ++column, y += channels) {
      const int32_t sum = edgeq_conv_2d_s8_window(p, x, filter, row * p->stride_height - p->pad_top,
                                                  column * p->stride_width - p->pad_left);
      *y = (int8_t)edgeq_requantize(edgeq_wrapping_add(sum, p->bias[f]), p->multiplier[f], p->shift[f],
                                    p->output_zero_point, p->activation_min, p->activation_max);
    }
  }
}

/* CONV_2D on int8 by packed weights.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; shares no byte
 *    with x
 * scratch: 8 * eights, a filter
 */
EDGEQ_KERNEL void edgeq_conv_2d_packed_s8(const EDGEQ_FLASH edgeq_conv_2d_packed_s8_params *p, const int8_t *x,
                                          int8_t *y, void *scratch) {
  const EDGEQ_FLASH edgeq_conv_2d_s8_params *const layer = &p->layer;
  const int32_t channels = layer->groups * layer->group_filters;
  const int32_t from = layer->input_height * layer->input_width * layer->input_channels;
  const int32_t to = layer->output_height * layer->output_width * channels;
  for (int32_t f = 0; f < channels; ++f) {
    const int32_t group = f / layer->group_filters;
    edgeq_decode_row(&p->packed, f, (int8_t *)scratch);
    for (int32_t n = 0; n < layer->batches; ++n) {
      edgeq_conv_2d_packed_channel(layer, x + n * from + group * layer->filter_channels, (const int8_t *)scratch, f,
                                   y + n * to + f);
    }
  }
}
