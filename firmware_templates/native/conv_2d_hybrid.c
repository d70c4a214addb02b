#include "dynamic.h"

/* Geometry and constants of a convolution of float activations by int8 weights. Each of the `groups` of filter_channels
 * input channels has its own group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width;
  int32_t filter_height, filter_width, filter_channels;
  int32_t groups, group_filters;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  float activation_min, activation_max;
  int8_t symmetric; /* 1: activations around 0, and one scale for all filters */
  const EDGEQ_FLASH int8_t *weights;     /* [groups * group_filters, filter_height, filter_width, filter_channels] */
  const EDGEQ_FLASH int32_t *weight_sum; /* [groups * group_filters], of each filter */
  const EDGEQ_FLASH float *weight_scale; /* [groups * group_filters], or [1] */
  const EDGEQ_FLASH float *bias;         /* [groups * group_filters] */
} edgeq_conv_2d_hybrid_params;

/* The sum of one filter over one window whose corner is (top, left), where padding counts as the zero point.
 * image: the first channel of the filter's group at the input's first pixel. */
static int32_t edgeq_conv_2d_hybrid_window(const EDGEQ_FLASH edgeq_conv_2d_hybrid_params *p, const int8_t *image,
                                           const EDGEQ_FLASH int8_t *filter, int32_t top, int32_t left,
                                           int32_t zero_point) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->filter_height; ++i) {
    const int32_t row = top + i * p->dilation_height;
    for (int32_t j = 0; j < p->filter_width; ++j, filter += p->filter_channels) {
      const int32_t column = left + j * p->dilation_width;
      if (row < 0 || row >= p->input_height || column < 0 || column >= p->input_width) {
        for (int32_t c = 0; c < p->filter_channels; ++c) {
          sum += zero_point * filter[c];
        }
      } else {
        const int8_t *pixel = image + (row * p->input_width + column) * p->input_channels;
        for (int32_t c = 0; c < p->filter_channels; ++c) {
          sum += (int32_t)pixel[c] * filter[c];
        }
      }
    }
  }
  return sum;
}

/* All outputs of the pixel whose window has its corner at (top, left). */
static void edgeq_conv_2d_hybrid_pixel(const EDGEQ_FLASH edgeq_conv_2d_hybrid_params *p, const int8_t *image, float *y,
                                       int32_t top, int32_t left, edgeq_scale_found x) {
  const int32_t taps = p->filter_height * p->filter_width * p->filter_channels;
  const float shared = p->symmetric ? x.scale * p->weight_scale[0] : 0.0f;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, image += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      const EDGEQ_FLASH int8_t *filter = p->weights + f * taps;
      const int32_t sum = edgeq_conv_2d_hybrid_window(p, image, filter, top, left, x.zero_point);
      const float steps = (float)(sum - x.zero_point * p->weight_sum[f]);
      const float real = p->symmetric ? edgeq_add_product(p->bias[f], steps, shared)
                                      : edgeq_add_product(p->bias[f], steps * p->weight_scale[f], x.scale);
      y[f] = edgeq_bound(real, p->activation_min, p->activation_max);
    }
  }
}

/* CONV_2D of float activations by int8 weights; the activations of each image are quantized first.
 * x: [batches, input_height, input_width, input_channels], finite
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to activation_max; of one batch
 *    anywhere, over x or not; else shares no byte with x
 * scratch: bytes of one image, an int8 for each element
 */
EDGEQ_KERNEL void edgeq_conv_2d_hybrid(const EDGEQ_FLASH edgeq_conv_2d_hybrid_params *p, const float *x, float *y,
                                       void *scratch) {
  const int32_t image = p->input_height * p->input_width * p->input_channels;
  const int32_t channels = p->groups * p->group_filters;
  int8_t *const q = (int8_t *)scratch;
  for (int32_t n = 0; n < p->batches; ++n, x += image) {
    const edgeq_scale_found found = edgeq_quantize_found(x, image, q, p->symmetric);
    for (int32_t row = 0; row < p->output_height; ++row) {
      for (int32_t column = 0; column < p->output_width; ++column, y += channels) {
        edgeq_conv_2d_hybrid_pixel(p, q, y, row * p->stride_height - p->pad_top,
                                   column * p->stride_width - p->pad_left, found);
      }
    }
  }
}
