#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE     X        W       SUM      WINDOW
 *   s8       int8_t   int8_t  int32_t  "convolution/window_s8.h"
 *   s16      int16_t  int8_t  int64_t  "convolution/window_s16.h"
 *   s16_s32  int16_t  int8_t  int32_t  "convolution/window_s16_s32.h"
 *   f32      float    float   float    "convolution/window_f32.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t SUM;
#define WINDOW "convolution/window_s8.h"

#include WINDOW
#include "convolution/conv_2d_channel.h"

/* CONV_2D.
 * x: [batches, input_height, input_width, input_channels], any value
 * y: [batches, output_height, output_width, groups * group_filters], activation_min to
 *    activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_conv_2d_TYPE(
    const EDGEQ_FLASH edgeq_conv_2d_TYPE_params *p, const X *x, X *y) {
  const EDGEQ_FLASH edgeq_geometry *const window = &p->window.geometry;
  const int32_t taps = window->filter_height * window->filter_width * p->filter_channels;
  int32_t f = 0;
  for (int32_t g = 0; g < p->groups; ++g, x += p->filter_channels) {
    for (int32_t k = 0; k < p->group_filters; ++k, ++f) {
      edgeq_conv_2d_TYPE_channel(p, x, p->weights + f * taps, f, y);
    }
  }
}
