#include "geometry.h"

/* Geometry and constants of a depthwise convolution. Zero points are folded: bias[c] = b[c] - input_zero_point *
 * sum(weights of c), so that the sum runs over raw inputs and padding counts as input_zero_point.
 * channels = input_channels * depth_multiplier; output channel c reads input channel c / depth_multiplier. */
typedef struct {
  edgeq_geometry geometry;
  int32_t depth_multiplier;
  int32_t input_zero_point, output_zero_point;
  int32_t activation_min, activation_max;
  const EDGEQ_FLASH int8_t *weights;     /* [filter_height, filter_width, channels] */
  const EDGEQ_FLASH int32_t *bias;       /* [channels] */
  const EDGEQ_FLASH int32_t *multiplier; /* [channels] */
  const EDGEQ_FLASH int8_t *shift;       /* [channels] */
} edgeq_depthwise_conv_2d_s8_params;

/* The sum of one channel over a window that lies inside the image; x: the channel's element at the window's corner. */
EDGEQ_ONCE static int32_t edgeq_depthwise_conv_2d_s8_inside(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s8_params *p,
                                                            const int8_t *x, const EDGEQ_FLASH int8_t *filter) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  const int32_t step = g->dilation_width * g->input_channels;
  int32_t sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    int32_t at = i * g->dilation_height * g->input_width * g->input_channels;
    for (int32_t j = 0; j < g->filter_width; ++j, at += step, filter += channels) {
      sum += (int32_t)x[at] * *filter;
    }
  }
  return sum;
}

/* The same for a window that reads padding; x: the channel's element at the image's first pixel. */
EDGEQ_ONCE static int32_t edgeq_depthwise_conv_2d_s8_border(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s8_params *p,
                                                            const int8_t *x, const EDGEQ_FLASH int8_t *filter,
                                                            int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t channels = g->input_channels * p->depth_multiplier;
  int32_t sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at = edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      sum += (at < 0 ? p->input_zero_point : x[at]) * *filter;
    }
  }
  return sum;
}

/* All channels of the pixel whose window has its corner at (top, left). */
static void edgeq_depthwise_conv_2d_s8_pixel(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s8_params *p, const int8_t *x,
                                             int8_t *y, int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t bottom = top + (g->filter_height - 1) * g->dilation_height;
  const int32_t right = left + (g->filter_width - 1) * g->dilation_width;
  const int inside = top >= 0 && left >= 0 && bottom < g->input_height && right < g->input_width;
  const int32_t corner = (top * g->input_width + left) * g->input_channels;
  int32_t c = 0;
  for (int32_t k = 0; k < g->input_channels; ++k, ++x) {
    for (int32_t m = 0; m < p->depth_multiplier; ++m, ++c) {
      const EDGEQ_FLASH int8_t *filter = p->weights + c;
      const int32_t sum = inside ? edgeq_depthwise_conv_2d_s8_inside(p, x + corner, filter)
                                 : edgeq_depthwise_conv_2d_s8_border(p, x, filter, top, left);
      y[c] = (int8_t)edgeq_requantize(edgeq_wrapping_add(sum, p->bias[c]), p->multiplier[c], p->shift[c],
                                      p->output_zero_point, p->activation_min, p->activation_max);
    }
  }
}

/* DEPTHWISE_CONV_2D on int8.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_s8(const EDGEQ_FLASH edgeq_depthwise_conv_2d_s8_params *p, const int8_t *x,
                                             int8_t *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->geometry;
  const int32_t image = edgeq_image_elements(g);
  const int32_t channels = g->input_channels * p->depth_multiplier;
  for (int32_t n = 0; n < g->batches; ++n, x += image) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      for (int32_t column = 0; column < g->output_width; ++column, y += channels) {
        edgeq_depthwise_conv_2d_s8_pixel(p, x, y, row * g->stride_height - g->pad_top,
                                         column * g->stride_width - g->pad_left);
      }
    }
  }
}
