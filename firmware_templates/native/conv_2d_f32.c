#include "float32.h"

/* Geometry and constants of a float convolution. Each of the `groups` of filter_channels input channels has its own
 * group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width;
  int32_t filter_height, filter_width, filter_channels;
  int32_t groups, group_filters;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  float activation_min, activation_max;
  const EDGEQ_FLASH float *weights; /* [groups * group_filters, filter_height, filter_width, filter_channels] */
  const EDGEQ_FLASH float *bias;    /* [groups * group_filters] */
} edgeq_conv_2d_f32_params;

/* The sum of one filter over the part of a window inside the image, in the order of its taps; the window's corner is
 * (top, left). image: the first channel of the filter's group at the input's first pixel. */
static float edgeq_conv_2d_f32_window(const EDGEQ_FLASH edgeq_conv_2d_f32_params *p, const float *image,
                                      const EDGEQ_FLASH float *filter, int32_t top, int32_t left) {
  float sum = 0.0f;
  for (int32_t i = 0; i < p->filter_height; ++i) {
    const int32_t row = top + i * p->dilation_height;
    for (int32_t j = 0; j < p->filter_width; ++j, filter += p->filter_channels) {
      const int32_t column = left + j * p->dilation_width;
      if (row >= 0 && row < p->input_height && column >= 0 && column < p->input_width) {
        const float *pixel = image + (row * p->input_width + column) * p->input_channels;
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
  const int32_t taps = p->filter_height * p->filter_width * p->filter_channels;
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
  const int32_t image = p->input_height * p->input_width * p->input_channels;
  const int32_t channels = p->groups * p->group_filters;
  for (int32_t n = 0; n < p->batches; ++n, x += image) {
    for (int32_t row = 0; row < p->output_height; ++row) {
      for (int32_t column = 0; column < p->output_width; ++column, y += channels) {
        edgeq_conv_2d_f32_pixel(p, x, y, row * p->stride_height - p->pad_top, column * p->stride_width - p->pad_left);
      }
    }
  }
}
