#include "depthwise_conv_2d_s16_window.h"
#include "packed_rows.h"

/* A depthwise convolution as depthwise_conv_2d_s16.c computes it, once its weights are decoded. */
typedef struct {
  edgeq_depthwise_conv_2d_s16_params layer; /* weights: NULL */
  edgeq_packed_weights packed;
  int32_t weights_at; /* where in scratch they go */
  int32_t row_bytes;  /* weights in a row */
} edgeq_depthwise_conv_2d_packed_s16_params;

/* Channel c of an image; x: its input channel, filter: its first weight. */
static void edgeq_depthwise_conv_2d_packed_s16_channel(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *p,
                                                       const int16_t *x, const int8_t *filter, int32_t c, int16_t *y) {
  const int32_t channels = p->input_channels * p->depth_multiplier;
  for (int32_t row = 0; row < p->output_height; ++row) {
    for (int32_t column = 0; column < p->output_width; ++column, y += channels) {
      const int64_t sum = edgeq_depthwise_conv_2d_s16_window(p, x, filter, row * p->stride_height - p->pad_top,
                                                             column * p->stride_width - p->pad_left);
      *y = edgeq_requantize_wide(sum + p->bias[c], p->multiplier[c], p->shift[c], p->activation_min,
                                 p->activation_max);
    }
  }
}

/* DEPTHWISE_CONV_2D on int16 by packed weights.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; shares no byte with x
 * scratch: 8 bytes more than the weights are
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_packed_s16(const EDGEQ_FLASH edgeq_depthwise_conv_2d_packed_s16_params *p,
                                                     const int16_t *x, int16_t *y, void *scratch) {
  const EDGEQ_FLASH edgeq_depthwise_conv_2d_s16_params *const layer = &p->layer;
  const int32_t channels = layer->input_channels * layer->depth_multiplier;
  const int32_t from = layer->input_height * layer->input_width * layer->input_channels;
  const int32_t to = layer->output_height * layer->output_width * channels;
  const int8_t *const weights = edgeq_decode_rows(&p->packed, p->row_bytes, (int8_t *)scratch + p->weights_at);
  for (int32_t c = 0; c < channels; ++c) {
    for (int32_t n = 0; n < layer->batches; ++n) {
      edgeq_depthwise_conv_2d_packed_s16_channel(layer, x + n * from + c / layer->depth_multiplier, weights + c, c,
                                                 y + n * to + c);
    }
  }
}
