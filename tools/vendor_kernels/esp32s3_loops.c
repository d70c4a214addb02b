/* Plain loops in place of ESP-NN's assembly for ESP32-S3, so that the library's C which prepares data for
 * it and chooses among it runs on any machine. Each computes what the assembly is documented to compute,
 * and reads and writes no more. */
#include <esp_nn_defs.h>
#include <common_functions.h>

static int8_t output(int32_t sum, int32_t multiplier, int32_t shift, int32_t offset, int32_t low,
                     int32_t high) {
  const int32_t y = esp_nn_multiply_by_quantized_mult(sum, multiplier, shift) + offset;
  return (int8_t)max(low, min(y, high));
}

int32_t esp_nn_dot_s8_aligned_esp32s3(const int8_t *a, const int8_t *b, int32_t len) {
  int32_t sum = 0;
  for (int32_t i = 0; i < len; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

int32_t esp_nn_dot_s8_unaligned_esp32s3(const int8_t *a, const int8_t *b, int32_t len_div16) {
  return esp_nn_dot_s8_aligned_esp32s3(a, b, 16 * len_div16);
}

void esp_nn_s8_to_s16_esp32s3(const int8_t *src, int16_t *dst, const int size) {
  for (int i = 0; i < size; ++i) {
    dst[i] = src[i];
  }
}

void esp_nn_aligned_s8_to_s16_with_offset_esp32s3(const int8_t *src, int16_t *dst, const int size,
                                                  const int32_t offset) {
  for (int i = 0; i < size; ++i) {
    dst[i] = (int16_t)(src[i] + offset);
  }
}

static void pointwise(const int8_t *x, int pixels, int channels, int32_t x_offset, const int8_t *w,
                      const int32_t *bias, int8_t *y, int filters, int32_t y_offset,
                      const int32_t *shift, const int32_t *mult, int32_t low, int32_t high) {
  for (int i = 0; i < pixels * filters; ++i) {
    const int f = i % filters;
    int32_t sum = bias ? bias[f] : 0;
    for (int c = 0; c < channels; ++c) {
      sum += (x[i / filters * channels + c] + x_offset) * w[f * channels + c];
    }
    y[i] = output(sum, mult[f], shift[f], y_offset, low, high);
  }
}

void esp_nn_conv_s8_mult8_1x1_esp32s3(const int8_t *x, const uint16_t wd, const uint16_t ht,
                                      const uint16_t channels, const int32_t x_offset,
                                      const int8_t *w, const int32_t *bias, int8_t *y,
                                      const uint16_t out_wd, const uint16_t out_ht,
                                      const uint16_t filters, const int32_t y_offset,
                                      const int32_t *shift, const int32_t *mult, const int32_t low,
                                      const int32_t high, void *scratch) {
  if (wd * ht >= 8) {
    memset(scratch, 1, 2 * 8 * channels);
  }
  pointwise(x, wd * ht, channels, x_offset, w, bias, y, filters, y_offset, shift, mult, low, high);
}

void esp_nn_conv_s8_1x1(const int8_t *x, const uint16_t wd, const uint16_t ht,
                        const uint16_t channels, const int32_t x_offset, const int8_t *w,
                        const int32_t *bias, int8_t *y, const uint16_t filters,
                        const int32_t y_offset, const int32_t *shift, const int32_t *mult,
                        const int32_t low, const int32_t high, void *scratch) {
  pointwise(x, wd * ht, channels, x_offset, w, bias, y, filters, y_offset, shift, mult, low, high);
}

void esp_nn_conv_s8_filter_aligned_input_padded_esp32s3(
    const int8_t *x, const uint16_t wd, const uint16_t ht, const uint16_t channels,
    const int32_t x_offset, const uint16_t stride_wd, const uint16_t stride_ht, const int8_t *w,
    const uint16_t filter_wd, const uint16_t filter_ht, const int32_t *bias, int8_t *y,
    const uint16_t out_wd, const uint16_t out_ht, const uint16_t filters, const int32_t y_offset,
    const int32_t *shift, const int32_t *mult, const int32_t low, const int32_t high,
    void *scratch) {
  const int row = filter_wd * channels, pitch = (row + 15) / 16 * 16;
  int32_t *const sums = scratch;
  for (int f = 0; f < filters; ++f) {
    int32_t sum = bias ? bias[f] : 0;
    for (int i = 0; i < filter_ht * pitch; ++i) {
      sum += x_offset * w[f * filter_ht * pitch + i];
    }
    sums[f] = sum;
  }
  for (int i = 0; i < out_ht * out_wd * filters; ++i) {
    const int f = i % filters, top = i / filters / out_wd * stride_ht;
    const int left = i / filters % out_wd * stride_wd;
    int32_t sum = sums[f];
    for (int k = 0; k < filter_ht; ++k) {
      sum += esp_nn_dot_s8_aligned_esp32s3(x + ((top + k) * wd + left) * channels,
                                           w + (f * filter_ht + k) * pitch, row);
    }
    y[i] = output(sum, mult[f], shift[f], y_offset, low, high);
  }
}

void esp_nn_depthwise_conv_s8_mult1_3x3_padded_esp32s3(
    const int8_t *x, const uint16_t wd, const uint16_t ht, const uint16_t channels,
    const int32_t x_offset, const uint16_t stride_wd, const uint16_t stride_ht, const int8_t *w,
    const int32_t *bias, int8_t *y, const uint16_t out_wd, const uint16_t out_ht,
    const int32_t y_offset, const int32_t *shift, const int32_t *mult, const int32_t low,
    const int32_t high) {
  for (int i = 0; i < out_ht * out_wd * channels; ++i) {
    const int c = i % channels, top = i / channels / out_wd * stride_ht;
    const int left = i / channels % out_wd * stride_wd;
    int32_t sum = bias ? bias[c] : 0;
    for (int tap = 0; tap < 9; ++tap) {
      const int at = ((top + tap / 3) * wd + left + tap % 3) * channels + c;
      sum += (x[at] + x_offset) * w[tap * channels + c];
    }
    y[i] = output(sum, mult[c], shift[c], y_offset, low, high);
  }
}

static void depthwise(const int16_t *x, int wd, int ht, int channels, int pad_wd, int pad_ht,
                      int stride_wd, int stride_ht, int multiplier, const int16_t *w, int filter_wd,
                      int filter_ht, const int32_t *bias, int8_t *y, int out_wd, int out_ht,
                      int32_t y_offset, const int32_t *shift, const int32_t *mult, int32_t low,
                      int32_t high) {
  const int filters = channels * multiplier;
  for (int i = 0; i < out_ht * out_wd * filters; ++i) {
    const int f = i % filters, top = i / filters / out_wd * stride_ht - pad_ht;
    const int left = i / filters % out_wd * stride_wd - pad_wd;
    int32_t sum = bias ? bias[f] : 0;
    for (int tap = 0; tap < filter_ht * filter_wd; ++tap) {
      const int row = top + tap / filter_wd, column = left + tap % filter_wd;
      if (row >= 0 && row < ht && column >= 0 && column < wd) {
        sum += x[(row * wd + column) * channels + f / multiplier] * w[tap * filters + f];
      }
    }
    y[i] = output(sum, mult[f], shift[f], y_offset, low, high);
  }
}

#define IMAGE const int16_t *x, const uint16_t wd, const uint16_t ht, const uint16_t channels, \
  const uint16_t pad_wd, const uint16_t pad_ht, const uint16_t stride_wd, const uint16_t stride_ht
#define OUTPUTS const int32_t *bias, int8_t *y, const uint16_t out_wd, const uint16_t out_ht, \
  const int32_t y_offset, const int32_t *shift, const int32_t *mult, const int32_t low, \
  const int32_t high
#define SAME x, wd, ht, channels, pad_wd, pad_ht, stride_wd, stride_ht
#define REST bias, y, out_wd, out_ht, y_offset, shift, mult, low, high

void esp_nn_depthwise_conv_s16_mult1_3x3_esp32s3(IMAGE, const int16_t *w, OUTPUTS) {
  depthwise(SAME, 1, w, 3, 3, REST);
}

void esp_nn_depthwise_conv_s16_mult1_esp32s3(IMAGE, const int16_t *w, const uint16_t filter_wd,
                                             const uint16_t filter_ht, OUTPUTS) {
  depthwise(SAME, 1, w, filter_wd, filter_ht, REST);
}

void esp_nn_depthwise_conv_s16_mult8_3x3_esp32s3(IMAGE, const uint16_t multiplier, const int16_t *w,
                                                 OUTPUTS) {
  depthwise(SAME, multiplier, w, 3, 3, REST);
}

void esp_nn_depthwise_conv_s16_mult8_esp32s3(IMAGE, const uint16_t multiplier, const int16_t *w,
                                             const uint16_t filter_wd, const uint16_t filter_ht,
                                             OUTPUTS) {
  depthwise(SAME, multiplier, w, filter_wd, filter_ht, REST);
}

void esp_nn_depthwise_conv_s16_mult4_esp32s3(IMAGE, const uint16_t multiplier, const int16_t *w,
                                             const uint16_t filter_wd, const uint16_t filter_ht,
                                             OUTPUTS) {
  depthwise(SAME, multiplier, w, filter_wd, filter_ht, REST);
}

void esp_nn_fc_per_ch_s16_esp32s3(const int8_t *x, const int32_t x_offset, const uint16_t depth,
                                  const int8_t *w, const int32_t w_offset, const int32_t *bias,
                                  int8_t *y, const uint16_t neurons, const int32_t y_offset,
                                  const int32_t *shift, const int32_t *mult, const int32_t low,
                                  const int32_t high) {
  pointwise(x, 1, depth, x_offset, w, bias, y, neurons, y_offset, shift, mult, low, high);
}

void esp_nn_fc_s16_esp32s3(void) {}

void esp_nn_avg_pool_s8_ansi(const int8_t *, uint16_t, uint16_t, int8_t *, uint16_t, uint16_t,
                             uint16_t, uint16_t, uint16_t, uint16_t, uint16_t, uint16_t, int32_t,
                             int32_t, uint16_t);

void esp_nn_avg_pool_s8_esp32s3_asm(const int8_t *x, const uint16_t wd, const uint16_t ht, int8_t *y,
                                    const uint16_t out_wd, const uint16_t out_ht,
                                    const uint16_t stride_wd, const uint16_t stride_ht,
                                    const uint16_t filter_wd, const uint16_t filter_ht,
                                    const uint16_t pad_wd, const uint16_t pad_ht, const int32_t low,
                                    const int32_t high, const uint16_t channels) {
  esp_nn_avg_pool_s8_ansi(x, wd, ht, y, out_wd, out_ht, stride_wd, stride_ht, filter_wd, filter_ht,
                          pad_wd, pad_ht, low, high, channels);
}
