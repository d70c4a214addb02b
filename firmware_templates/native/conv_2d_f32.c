#include "float32.h"
#include "geometry.h"

/* Geometry and constants of a float convolution. Each of the `groups` of filter_channels input channels has its own
 * group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  edgeq_geometry geometry;
  int32_t filter_channels, groups, group_filters;
  float activation_min, activation_max;
  const EDGEQ_FLASH float *weights; /* [groups * group_filters, filter_height, filter_width, filter_channels] */
  const EDGEQ_FLASH float *bias;    /* [groups * group_filters] */
} edgeq_conv_2d_f32_params;

/* The sum of one filter over the part of a window inside the image, in the order of its taps; the window's corner is
 * (top, left). image: the first channel of the filter's group at the input's first pixel. */
EDGEQ_ONCE static float edgeq_conv_2d_f32_window(const EDGEQ_FLASH edgeq_conv_2d_f32_params *p, const float *image,
                                                 const EDGEQ_FLASH float *filter, int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  float sum = 0.0f;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += p->filter_channels) {
      const int32_t at = edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at >= 0) {
        const float *const pixel = image + at;
        for (int32_t c = 0; c < p->filter_channels; ++c) {
          sum = edgeq_add_product(sum, pixel[c], filter[c]);
        }
      }
    }
  }
  return sum;
}

/* All outputs of the pixel whose window has its corner at (top, left). */
static void edgeq_conv_2d_f32_pixel(const EDGEQ_FLASH edgeq_conv_2d_f32_params *p, const float *image, float *y,
                                    int32_t top, int32_t left) {
  const int32_t taps = p->geometry.filter_height * p->geometry.filter_width * p->filter_channels;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, image += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      const float sum = edgeq_conv_2d_f32_window(p, image, p->weights + f * taps, top, left) + p->bias[f];
      y[f] = edgeq_bound(sum, p->activation_min, p->activation_max);
    }
  }
}

/* CONV_2D on float32.
 * x: [batches, input_height, input_width, input_channels]
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; shares no byte
 *    with x
 */
EDGEQ_KERNEL void edgeq_conv_2d_f32(const EDGEQ_FLASH edgeq_conv_2d_f32_params *p, const float *x, float *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t image = edgeq_image_elements(g);
  const int32_t channels = p->groups * p->group_filters;
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += channels) {
        edgeq_conv_2d_f32_pixel(p, x, y, row * g->stride_height - g->pad_top, column * g->stride_width - g->pad_left);
      }
    }
  }
}
