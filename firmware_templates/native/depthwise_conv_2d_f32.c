#include "float32.h"
#include "geometry.h"

/* Geometry and constants of a float depthwise convolution.
 * channels = input_channels * depth_multiplier; output channel c reads input channel c / depth_multiplier. */
typedef struct {
  edgeq_geometry geometry;
  int32_t depth_multiplier;
  float activation_min, activation_max;
  const EDGEQ_FLASH float *weights; /* [filter_height, filter_width, channels] */
  const EDGEQ_FLASH float *bias;    /* [channels] */
} edgeq_depthwise_conv_2d_f32_params;

/* The sum of one channel over the part of a window inside the image, in the order of its taps; x: the channel's element
 * at the image's first pixel. */
static float edgeq_depthwise_conv_2d_f32_window(const EDGEQ_FLASH edgeq_depthwise_conv_2d_f32_params *p, const float *x,
                                                const EDGEQ_FLASH float *filter, int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  float sum = 0.0f;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at = edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at >= 0) {
        sum = edgeq_add_product(sum, x[at], *filter);
      }
    }
  }
  return sum;
}

/* All channels of the pixel whose window has its corner at (top, left). */
static void edgeq_depthwise_conv_2d_f32_pixel(const EDGEQ_FLASH edgeq_depthwise_conv_2d_f32_params *p, const float *x,
                                              float *y, int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  int32_t c = 0;
  for (int32_t k = 0; k < g->input_channels; ++k) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      const float sum = edgeq_depthwise_conv_2d_f32_window(p, x + k, p->weights + c, top, left) + p->bias[c];
      y[c] = edgeq_bound(sum, p->activation_min, p->activation_max);
    }
  }
}

/* DEPTHWISE_CONV_2D on float32.
 * x: [batches, input_height, input_width, input_channels]
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_f32(const EDGEQ_FLASH edgeq_depthwise_conv_2d_f32_params *p, const float *x,
                                              float *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t image = edgeq_image_elements(g);
  const int32_t channels = g->input_channels * p->depth_multiplier;
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += channels) {
        edgeq_depthwise_conv_2d_f32_pixel(p, x, y, row * g->stride_height - g->pad_top,
                                          column * g->stride_width - g->pad_left);
      }
    }
  }
}
