#include "common/dynamic.h"
#include "common/geometry.h"

/* Geometry and constants of a depthwise convolution of float activations by int8 weights. channels
 * = input_channels * depth_multiplier; output channel c reads input channel c /
 * depth_multiplier. */
typedef struct {
  edgeq_geometry geometry;
  int32_t depth_multiplier;
  float activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [filter_height, filter_width, channels] */
  const EDGEQ_FLASH float *weight_scale; /* [channels] */
  const EDGEQ_FLASH float *bias;         /* [channels] */
} edgeq_depthwise_conv_2d_hybrid_params;

/* The sum of one channel over the part of a window inside the image; x: its element at the image's
 * first pixel. */
static int32_t edgeq_depthwise_conv_2d_hybrid_window(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_hybrid_params *p, const int8_t *x,
    const EDGEQ_FLASH int8_t *filter, int32_t top, int32_t left, int32_t zero_point) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  int32_t sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at =
          edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at >= 0) {
        sum += (x[at] - zero_point) * *filter;
      }
    }
  }
  return sum;
}

/* All channels of the pixel whose window has its corner at (top, left). */
static void edgeq_depthwise_conv_2d_hybrid_pixel(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_hybrid_params *p, const int8_t *image, float *y,
    int32_t top, int32_t left, edgeq_scale_found x) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  int32_t c = 0;
  for (int32_t k = 0; k < g->input_channels; ++k) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      const EDGEQ_FLASH int8_t *filter = p->weights + c;
      const int32_t sum =
          edgeq_depthwise_conv_2d_hybrid_window(p, image + k, filter, top, left, x.zero_point);
      const float real = edgeq_add_product(p->bias[c], (float)sum, p->weight_scale[c] * x.scale);
      y[c] = edgeq_bound(real, p->activation_min, p->activation_max);
    }
  }
}

/* DEPTHWISE_CONV_2D of float activations by int8 weights; the activations of each image are
 * quantized first.
 * x: [batches, input_height, input_width, input_channels], finite
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; of one
 *    batch anywhere, over x or not; else shares no byte with x
 * scratch: bytes of one image, an int8 for each element
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_hybrid(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_hybrid_params *p, const float *x, float *y,
    void *scratch) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t image = edgeq_image_elements(g);
  const int32_t channels = g->input_channels * p->depth_multiplier;
  int8_t *const q = (int8_t *)scratch;
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    const edgeq_scale_found found = edgeq_quantize_asymmetric(x, image, q);
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += channels) {
        edgeq_depthwise_conv_2d_hybrid_pixel(p, q, y, row * g->stride_height - g->pad_top,
                                             column * g->stride_width - g->pad_left, found);
      }
    }
  }
}
