#include "columns.h"
#include "requantize.h"

/* Geometry and constants of a convolution whose filters lie in pairs, for the inner loop of columns.h. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width, output_channels;
  int32_t filter_height, filter_width;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
  int32_t input_zero_point;
  int32_t tap_groups;                /* taps of a filter / 4, rounded up */
  const EDGEQ_FLASH int8_t *weights; /* [pairs][tap_groups][2][4], zeros behind the last tap and filter */
  edgeq_output_stage stage;
} edgeq_conv_2d_columns_s8_params;

/* Lays the window with its corner at (top, left) out as column `which`. */
EDGEQ_NOINLINE static void edgeq_conv_2d_column(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p, const int8_t *image, int32_t top,
                                 int32_t left, edgeq_tap *columns, int32_t which) {
  const int32_t channels = p->input_channels;
  const int32_t whole = p->dilation_width == 1 && left >= 0 && left + p->filter_width <= p->input_width;
  int32_t first = 0;
  for (int32_t i = 0; i < p->filter_height; ++i) {
    const int32_t row = top + i * p->dilation_height;
    if (row < 0 || row >= p->input_height) {
      edgeq_fill_value(columns, which, first, p->input_zero_point, p->filter_width * channels);
      first += p->filter_width * channels;
    } else if (whole) {
      edgeq_fill_taps(columns, which, first, image + (row * p->input_width + left) * channels,
                      p->filter_width * channels);
      first += p->filter_width * channels;
    } else {
      for (int32_t j = 0; j < p->filter_width; ++j, first += channels) {
        const int32_t column = left + j * p->dilation_width;
        if (column < 0 || column >= p->input_width) {
          edgeq_fill_value(columns, which, first, p->input_zero_point, channels);
        } else {
          edgeq_fill_taps(columns, which, first, image + (row * p->input_width + column) * channels, channels);
        }
      }
    }
  }
  edgeq_fill_value(columns, which, first, 0, 4 * p->tap_groups - first);
}

/* The outputs of two pixels from their columns. y1 may be y0 where there is only one pixel: it is written first. */
EDGEQ_NOINLINE static void edgeq_conv_2d_one_sided(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p, const edgeq_tap *columns,
                                    int8_t *y0, int8_t *y1) {
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t shift = p->stage.shift, groups = p->tap_groups;
  for (int32_t rest = p->output_channels; rest > 0; rest -= 2, channel += 6, weights += 8 * groups) {
    int32_t sums[4];
    edgeq_dot_2x2(weights, columns, groups, sums);
    const int32_t bias = channel[0], multiplier = channel[1], offset = channel[2];
    *y1++ = edgeq_one_sided(sums[2], bias, multiplier, offset, shift);
    *y0++ = edgeq_one_sided(sums[0], bias, multiplier, offset, shift);
    if (rest > 1) {
      const int32_t bias1 = channel[3], multiplier1 = channel[4], offset1 = channel[5];
      *y1++ = edgeq_one_sided(sums[3], bias1, multiplier1, offset1, shift);
      *y0++ = edgeq_one_sided(sums[1], bias1, multiplier1, offset1, shift);
    }
  }
}

/* The same in the two-sided form. */
EDGEQ_NOINLINE static void edgeq_conv_2d_two_sided(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p, const edgeq_tap *columns,
                                    int8_t *y0, int8_t *y1) {
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const int32_t groups = p->tap_groups;
  for (int32_t rest = p->output_channels; rest > 0; rest -= 2, weights += 8 * groups) {
    int32_t sums[4];
    edgeq_dot_2x2(weights, columns, groups, sums);
    for (int32_t k = 0; k < 2 && k < rest; ++k, channel += 3) {
      *y1++ = edgeq_two_sided(sums[2 + k], channel[0], channel[1], channel[2], &p->stage);
      *y0++ = edgeq_two_sided(sums[k], channel[0], channel[1], channel[2], &p->stage);
    }
  }
}

/* CONV_2D on int8, two pixels by two filters at a time.
 * x: [batches, input_height, input_width, input_channels], -128 to 127
 * y: [batches, output_height, output_width, output_channels], activation_min to activation_max; may overlap x as far as
 *    a pair of pixels is written only after its windows were read
 * scratch: 8 * tap_groups taps
 */
EDGEQ_KERNEL void edgeq_conv_2d_columns_s8(const EDGEQ_FLASH edgeq_conv_2d_columns_s8_params *p, const int8_t *x,
                                           int8_t *y, void *scratch) {
  edgeq_tap *const columns = (edgeq_tap *)scratch;
  const int32_t pixels = p->output_height * p->output_width;
  for (int32_t n = 0; n < p->batches; ++n, x += p->input_height * p->input_width * p->input_channels) {
    int32_t top = -p->pad_top, left = -p->pad_left, column = 0;
    for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
      const int32_t second = pixel + 1 < pixels;
      for (int32_t which = 0; which <= second; ++which) {
        edgeq_conv_2d_column(p, x, top, left, columns, which);
        left += p->stride_width;
        if (++column == p->output_width) {
          column = 0;
          left = -p->pad_left;
          top += p->stride_height;
        }
      }
      int8_t *const y1 = second ? y + p->output_channels : y;
      if (p->stage.one_sided) {
        edgeq_conv_2d_one_sided(p, columns, y, y1);
      } else {
        edgeq_conv_2d_two_sided(p, columns, y, y1);
      }
      y = y1 + p->output_channels;
    }
  }
}
