/* Rendered for the rows of the files that include it. */
#include "common/geometry.h"

/* The sum of one filter over the window whose corner is (top, left), in the order of its taps.
 * image: the first of the filter's input channels, as many as `channels`, at the image's first
 * pixel. */
EDGEQ_ONCE static SUM edgeq_conv_2d_window_TYPE(const EDGEQ_FLASH edgeq_geometry *g, const X *image,
    int32_t channels, const EDGEQ_FLASH W *filter, int32_t top, int32_t left, int32_t padding) {
  SUM sum = 0;
  for (int32_t i = 0; i < g->filter_height; ++i) {
    for (int32_t j = 0; j < g->filter_width; ++j, filter += channels) {
      const int32_t at =
          edgeq_pixel_at(g, top + i * g->dilation_height, left + j * g->dilation_width);
      if (at < 0) {
        for (int32_t c = 0; c < channels; ++c) {
          sum = edgeq_plus_padding_TYPE(sum, padding, filter[c]);
        }
      } else {
        const X *const pixel = image + at;
        for (int32_t c = 0; c < channels; ++c) {
          sum = edgeq_plus_product_TYPE(sum, pixel[c], filter[c]);
        }
      }
    }
  }
  return sum;
}
