#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  X        W       SUM      WINDOW                      APART  LOOP        NEST
 *   s8    int8_t   int8_t  int32_t  "convolution/window_s8.h"   1      EDGEQ_ONCE  "depthwise/by_pixel.h"
 *   s16   int16_t  int8_t  int64_t  "convolution/window_s16.h"  0      EDGEQ_ONCE  "depthwise/by_channel.h"
 *   f32   float    float   float    "convolution/window_f32.h"  0      inline      "depthwise/by_pixel.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t SUM;
#define WINDOW "convolution/window_s8.h"
#define APART 1
#define LOOP EDGEQ_ONCE
#define NEST "depthwise/by_pixel.h"

#include WINDOW

/* Geometry and constants of a depthwise convolution. channels = input_channels * depth_multiplier;
 * output channel c reads input channel c / depth_multiplier. */
typedef struct {
  edgeq_window_TYPE window;
  int32_t depth_multiplier;
  const EDGEQ_FLASH W *weights; /* [filter_height, filter_width, channels] */
  edgeq_outputs_TYPE outputs;
} edgeq_depthwise_conv_2d_TYPE_params;

/* The sum of one of `channels` channels over a window that may read padding, in the order of its
 * taps; x: the channel's element at the image's first pixel. */
static LOOP SUM edgeq_depthwise_conv_2d_TYPE_border(
    const EDGEQ_FLASH edgeq_window_TYPE *window, int32_t channels, const X *x,
    const EDGEQ_FLASH W *filter, int32_t top, int32_t left) {
  const EDGEQ_FLASH edgeq_geometry *const g = &window->geometry;
  SUM sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at =
          edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      sum = edgeq_plus_tap_TYPE(window, sum, x, at, *filter);
    }
  }
  return sum;
}

#include NEST

/* DEPTHWISE_CONV_2D.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, channels], activation_min to activation_max; shares no
 *    byte with x
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_TYPE(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_TYPE_params *p, const X *x, X *y) {
  edgeq_depthwise_conv_2d_TYPE_images(p, x, y);
}
