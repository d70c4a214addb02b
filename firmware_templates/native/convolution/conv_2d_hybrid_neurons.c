#include "common/geometry.h"
#include "fully_connected/hybrid_neurons.h"

/* A convolution of float activations by int8 weights. */
typedef struct {
  edgeq_geometry geometry;
  int32_t image_bytes; /* an int8 for each element of an image, rounded up to whole groups of 4 */
  int8_t direct;       /* 1: a window is one pixel of whole groups, read where it lies */
  edgeq_hybrid_neurons layer;
} edgeq_conv_2d_hybrid_neurons_params;

/* The window whose corner is (top, left) into taps, where padding counts as the zero point. */
static void edgeq_conv_2d_hybrid_gather(const EDGEQ_FLASH edgeq_geometry *g, const int8_t *image,
                                        int32_t top, int32_t left, int32_t zero_point,
                                        int8_t *taps) {
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, taps += g->input_channels) {
      const int32_t at =
          edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at < 0) {
        memset(taps, (int)zero_point, (size_t)g->input_channels);
      } else {
        memcpy(taps, image + at, (size_t)g->input_channels);
      }
    }
  }
}

/* CONV_2D of float activations by int8 weights, four filters at a time; the activations of each
 * image are quantized first.
 * x: [batches, input_height, input_width, input_channels], finite
 * y: [batches, output_height, output_width, neurons], activation_min to activation_max; of one
 *    batch anywhere, over x or not; else shares no byte with x
 * scratch: image_bytes, then 4 * tap_groups for a window unless it is read where it lies
 */
EDGEQ_KERNEL void edgeq_conv_2d_hybrid_neurons(
    const EDGEQ_FLASH edgeq_conv_2d_hybrid_neurons_params *p, const float *x, float *y,
    void *scratch) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t image = edgeq_image_elements(g);
  int8_t *const q = (int8_t *)scratch, *const taps = q + p->image_bytes;
  if (!p->direct) {
    memset(taps, 0, (size_t)(4 * p->layer.tap_groups));
  }
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    const edgeq_scale_found found = edgeq_quantize_found(x, image, q, p->layer.symmetric);
    for (int32_t i = 0; i < g->output_height; ++i) {
      const int32_t top = i * g->stride_height - g->pad_top;
      for (int32_t j = 0; j < g->output_width; ++j, y += p->layer.neurons) {
        const int32_t left = j * g->stride_width - g->pad_left;
        if (p->direct) {
          edgeq_hybrid_outputs(&p->layer, q + (top * g->input_width + left) * g->input_channels,
                               found, y);
        } else {
          edgeq_conv_2d_hybrid_gather(g, q, top, left, found.zero_point, taps);
          edgeq_hybrid_outputs(&p->layer, taps, found, y);
        }
      }
    }
  }
}
