/* Rendered for the rows of the files that include it. */
#include "convolution/conv_2d_window.h"

/* Geometry and constants of a convolution. Each of the `groups` of filter_channels input channels
 * has its own group_filters filters; one group makes an ordinary convolution. */
typedef struct {
  edgeq_window_TYPE window;
  int32_t filter_channels, groups, group_filters;
  const EDGEQ_FLASH W *weights; /* [channels, filter_height, filter_width, filter_channels] */
  edgeq_outputs_TYPE outputs;   /* of groups * group_filters channels */
} edgeq_conv_2d_TYPE_params;

/* Channel f of y, of all images, by its filter. x: the first channel of its group. */
static void edgeq_conv_2d_TYPE_channel(const EDGEQ_FLASH edgeq_conv_2d_TYPE_params *p, const X *x,
    const EDGEQ_FLASH W *filter, int32_t f, X *y) {
  const EDGEQ_FLASH edgeq_geometry *const g = &p->window.geometry;
  int32_t at = f;
  for (int32_t n = 0; n < g->batches; ++n, x += edgeq_image_elements(g)) {
    for (int32_t row = 0; row < g->output_height; ++row) {
      const int32_t top = row * g->stride_height - g->pad_top;
      int32_t left = -g->pad_left;
      for (int32_t column = 0; column < g->output_width; ++column, left += g->stride_width) {
        const int32_t padding = edgeq_padding_TYPE(&p->window);
        const SUM sum = edgeq_conv_2d_window_TYPE(
            g, x, p->filter_channels, filter, top, left, padding);
        y[at] = (X)edgeq_output_TYPE(&p->outputs, sum, f, f);
        at += p->groups * p->group_filters;
      }
    }
  }
}
