#include "common/dynamic.h"

/* Rendered for
 *   NAME    TYPE  X       W       SUM
 *   hybrid  s8    int8_t  int8_t  int32_t
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t SUM;

#include "common/sums_s8.h"
#include "convolution/padding_counts.h"
#include "convolution/conv_2d_window.h"

/* Geometry and constants of a convolution of float activations by int8 weights. Each of the
 * `groups` of filter_channels input channels has its own group_filters filters; one group makes an
 * ordinary convolution. */
typedef struct {
  edgeq_geometry geometry;
  int32_t filter_channels, groups, group_filters;
  float activation_min, activation_max;
  int8_t symmetric; /* 1: activations around 0, and one scale for all filters */
  /* [filters, filter_height, filter_width, filter_channels], filters = groups * group_filters */
  const EDGEQ_FLASH int8_t *weights;
  const EDGEQ_FLASH int32_t *weight_sum; /* [filters] */
  const EDGEQ_FLASH float *weight_scale; /* [filters] or [1] */
  const EDGEQ_FLASH float *bias;         /* [filters] */
} edgeq_conv_2d_NAME_params;

/* All outputs of the pixel whose window has its corner at (top, left). */
static void edgeq_conv_2d_NAME_pixel(
    const EDGEQ_FLASH edgeq_conv_2d_NAME_params *p, const int8_t *image, float *y, int32_t top,
    int32_t left, edgeq_scale_found x) {
  const int32_t taps = p->geometry.filter_height * p->geometry.filter_width * p->filter_channels;
  const float shared = p->symmetric ? x.scale * p->weight_scale[0] : 0.0f;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, image += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      const EDGEQ_FLASH int8_t *filter = p->weights + f * taps;
      const int32_t sum = edgeq_conv_2d_window_TYPE(
          &p->geometry, image, p->filter_channels, filter, top, left, x.zero_point);
      const float steps = (float)(sum - x.zero_point * p->weight_sum[f]);
      const float real = p->symmetric
          ? edgeq_add_product(p->bias[f], steps, shared)
          : edgeq_add_product(p->bias[f], steps * p->weight_scale[f], x.scale);
      y[f] = edgeq_bound(real, p->activation_min, p->activation_max);
    }
  }
}

/* CONV_2D of float activations by int8 weights; the activations of each image are quantized first.
 * x: [batches, input_height, input_width, input_channels], finite
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to
 *    activation_max; of one batch anywhere, over x or not; else shares no byte with x
 * scratch: bytes of one image, an int8 for each element
 */
EDGEQ_KERNEL void edgeq_conv_2d_NAME(
    const EDGEQ_FLASH edgeq_conv_2d_NAME_params *p, const float *x, float *y, void *scratch) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t image = edgeq_image_elements(g);
  const int32_t channels = p->groups * p->group_filters;
  int8_t *const q = (int8_t *)scratch;
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    const edgeq_scale_found found = edgeq_quantize_found(x, image, q, p->symmetric);
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += channels) {
        edgeq_conv_2d_NAME_pixel(p, q, y, row * g->stride_height - g->pad_top,
                                   column * g->stride_width - g->pad_left, found);
      }
    }
  }
}
