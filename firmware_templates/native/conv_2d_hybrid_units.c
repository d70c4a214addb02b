#include "hybrid_units.h"

/* Geometry of a convolution of float activations by int8 weights. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width;
  int32_t filter_height, filter_width;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  int32_t image_bytes; /* an int8 for each element of an image, rounded up to whole groups of 4 */
  int8_t direct;       /* 1: a window is one pixel of whole groups, read where it lies */
  edgeq_hybrid_units layer;
} edgeq_conv_2d_hybrid_units_params;

/* The window whose corner is (top, left) into taps, where padding counts as the zero point. */
static void edgeq_conv_2d_hybrid_gather(const EDGEQ_FLASH edgeq_conv_2d_hybrid_units_params *p, const int8_t *image,
                                        int32_t top, int32_t left, int32_t zero_point, int8_t *taps) {
  const int32_t channels = p->input_channels;
  for (int32_t i = 0; i < p->filter_height; ++i) {
    const int32_t row = top + i * p->dilation_height;
    for (int32_t j = 0; j < p->filter_width; ++j, taps += channels) {
      const int32_t column = left + j * p->dilation_width;
      if (row < 0 || row >= p->input_height || column < 0 || column >= p->input_width) {
        memset(taps, (int)zero_point, (size_t)channels);
      } else {
        memcpy(taps, image + (row * p->input_width + column) * channels, (size_t)channels);
      }
    }
  }
}

/* CONV_2D of float activations by int8 weights, four filters at a time; the activations of each image are quantized
 * first.
 * x: [batches, input_height, input_width, input_channels], finite
 * y: [batches, output_height, output_width, units], activation_min to activation_max; of one batch anywhere, over x or
 *    not; else shares no byte with x
 * scratch: image_bytes, then 4 * tap_groups for a window unless it is read where it lies
 */
EDGEQ_KERNEL void edgeq_conv_2d_hybrid_units(const EDGEQ_FLASH edgeq_conv_2d_hybrid_units_params *p, const float *x,
                                             float *y, void *scratch) {
  const int32_t image = p->input_height * p->input_width * p->input_channels;
  int8_t *const q = (int8_t *)scratch, *const taps = q + p->image_bytes;
  if (!p->direct) {
    memset(taps, 0, (size_t)(4 * p->layer.tap_groups));
  }
  for (int32_t n = 0; n < p->batches; ++n, x += image) {
    const edgeq_scale_found found = edgeq_quantize_found(x, image, q, p->layer.symmetric);
    for (int32_t i = 0; i < p->output_height; ++i) {
      const int32_t top = i * p->stride_height - p->pad_top;
      for (int32_t j = 0; j < p->output_width; ++j, y += p->layer.units) {
        const int32_t left = j * p->stride_width - p->pad_left;
        if (p->direct) {
          edgeq_hybrid_outputs(&p->layer, q + (top * p->input_width + left) * p->input_channels, found, y);
        } else {
          edgeq_conv_2d_hybrid_gather(p, q, top, left, found.zero_point, taps);
          edgeq_hybrid_outputs(&p->layer, taps, found, y);
        }
      }
    }
  }
}
