/* ESP-NN's functions as its documents and TFLite's reference kernels define them, in plain loops. They
 * hold callers to what the forms for ESP32-S3 and ESP32-P4 demand: aligned pointers, scratch of the size
 * that was asked for, which is overwritten, and outputs apart from inputs. */
#include <esp_nn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifndef SCRATCH_BYTES
#define SCRATCH_BYTES 32
#endif

static char *scratch;

static void demand(int holds) {
  if (!holds) {
    abort();
  }
}

static void check(const int8_t *x, int x_bytes, const int8_t *y, int y_bytes) {
  demand((uintptr_t)x % 16 == 0 && (uintptr_t)y % 16 == 0);
  demand(x + x_bytes <= y || y + y_bytes <= x);
}

static int bytes(const data_dims_t *dims) { return dims->width * dims->height * dims->channels; }

/* x * multiplier * 2^(shift - 31), rounded twice: to nearest with ties up, then away from zero. */
static int32_t scaled(int64_t x, int32_t multiplier, int32_t shift) {
  const int64_t product = x * (1 << (shift > 0 ? shift : 0)) * multiplier;
  const double high = (double)((product + (1 << 30)) >> 31);
  return (int32_t)round(shift > 0 ? high : ldexp(high, shift));
}

static int8_t clamped(int32_t value, int32_t low, int32_t high) {
  return (int8_t)(value < low ? low : value > high ? high : value);
}

int esp_nn_get_conv_scratch_size(const data_dims_t *x, const data_dims_t *w, const data_dims_t *y,
                                 const conv_params_t *p) {
  (void)x, (void)w, (void)y, (void)p;
  return SCRATCH_BYTES;
}

int esp_nn_get_depthwise_conv_scratch_size(const data_dims_t *x, const data_dims_t *w,
                                           const data_dims_t *y, const dw_conv_params_t *p) {
  (void)x, (void)w, (void)y, (void)p;
  return SCRATCH_BYTES;
}

void esp_nn_set_conv_scratch_buf(const void *buffer) { scratch = (char *)buffer; }
void esp_nn_set_depthwise_conv_scratch_buf(const void *buffer) { scratch = (char *)buffer; }

/* filters: of the output for each channel of the input, 0 for all of them. */
static void convolve(const data_dims_t *xd, const int8_t *x, const data_dims_t *wd, const int8_t *w,
                     const int32_t *bias, const data_dims_t *yd, int8_t *y, const conv_params_t *p,
                     const quant_data_t *scales, int filters) {
  check(x, bytes(xd), y, bytes(yd));
  demand(scratch != NULL && (uintptr_t)scratch % 16 == 0 && (uintptr_t)w % 16 == 0);
  memset(scratch, 85, SCRATCH_BYTES);
  const int depth = filters ? 1 : xd->channels;
  for (int i = 0; i < bytes(yd); ++i) {
    const int f = i % yd->channels, column = i / yd->channels % yd->width;
    const int row = i / yd->channels / yd->width;
    int64_t sum = bias == NULL ? 0 : bias[f];
    for (int tap = 0; tap < wd->height * wd->width * depth; ++tap) {
      const int at = row * p->stride.height - p->padding.height + tap / depth / wd->width;
      const int left = column * p->stride.width - p->padding.width + tap / depth % wd->width;
      const int c = filters ? f / filters : tap % depth;
      if (at >= 0 && at < xd->height && left >= 0 && left < xd->width) {
        const int weight = filters ? tap * yd->channels + f : f * wd->height * wd->width * depth + tap;
        sum += (x[(at * xd->width + left) * xd->channels + c] + p->in_offset) * w[weight];
      }
    }
    y[i] = clamped(scaled(sum, scales->mult[f], scales->shift[f]) + p->out_offset,
                   p->activation.min, p->activation.max);
  }
}

void esp_nn_conv_s8(const data_dims_t *xd, const int8_t *x, const data_dims_t *wd, const int8_t *w,
                    const int32_t *bias, const data_dims_t *yd, int8_t *y, const conv_params_t *p,
                    const quant_data_t *scales) {
  demand(wd->channels == xd->channels);
  convolve(xd, x, wd, w, bias, yd, y, p, scales, 0);
}

void esp_nn_depthwise_conv_s8(const data_dims_t *xd, const int8_t *x, const data_dims_t *wd,
                              const int8_t *w, const int32_t *bias, const data_dims_t *yd, int8_t *y,
                              const dw_conv_params_t *p, const quant_data_t *scales) {
  const conv_params_t same = {p->in_offset, p->out_offset, p->stride,
                              p->padding,   p->dilation,   p->activation};
  convolve(xd, x, wd, w, bias, yd, y, &same, scales, p->ch_mult);
}

void esp_nn_fully_connected_per_ch_s8(const int8_t *x, int32_t x_offset, uint16_t depth,
                                      const int8_t *w, int32_t w_offset, const int32_t *bias,
                                      int8_t *y, uint16_t neurons, int32_t y_offset,
                                      const int32_t *shift, const int32_t *multiplier, int32_t low,
                                      int32_t high) {
  demand((uintptr_t)x % 16 == 0 && (x + depth <= y || y + neurons <= x));
  for (int f = 0; f < neurons; ++f) {
    int64_t sum = bias == NULL ? 0 : bias[f];
    for (int i = 0; i < depth; ++i) {
      sum += (x[i] + x_offset) * (w[f * depth + i] + w_offset);
    }
    y[f] = clamped(scaled(sum, multiplier[f], shift[f]) + y_offset, low, high);
  }
}

/* Eight elements are read before the first of them is written. */
static int chunk(const int8_t *from, int8_t *to, int i, int size) {
  const int count = size - i < 8 ? size - i : 8;
  memcpy(to, from + i, (size_t)count);
  return count;
}

static void check_pair(const int8_t *x, const int8_t *y, int size) {
  demand((uintptr_t)x % 16 == 0 && (uintptr_t)y % 16 == 0);
  demand(x == y || x + size <= y || y + size <= x);
}

void esp_nn_add_elementwise_s8(const int8_t *a, const int8_t *b, int32_t a_offset, int32_t b_offset,
                               int32_t a_mult, int32_t b_mult, int32_t a_shift, int32_t b_shift,
                               int32_t left_shift, int8_t *y, int32_t y_offset, int32_t y_mult,
                               int32_t y_shift, int32_t low, int32_t high, int32_t size) {
  check_pair(a, y, size), check_pair(b, y, size);
  for (int i = 0; i < size; i += 8) {
    int8_t left[8], right[8];
    const int count = chunk(a, left, i, size);
    chunk(b, right, i, size);
    for (int k = 0; k < count; ++k) {
      const int64_t fine = 1 << left_shift;
      const int32_t sum = scaled((left[k] + a_offset) * fine, a_mult, a_shift) +
                          scaled((right[k] + b_offset) * fine, b_mult, b_shift);
      y[i + k] = clamped(scaled(sum, y_mult, y_shift) + y_offset, low, high);
    }
  }
}

void esp_nn_mul_elementwise_s8(const int8_t *a, const int8_t *b, int32_t a_offset, int32_t b_offset,
                               int8_t *y, int32_t y_offset, int32_t mult, int32_t shift,
                               int32_t low, int32_t high, int32_t size) {
  check_pair(a, y, size), check_pair(b, y, size);
  for (int i = 0; i < size; i += 8) {
    int8_t left[8], right[8];
    const int count = chunk(a, left, i, size);
    chunk(b, right, i, size);
    for (int k = 0; k < count; ++k) {
      const int32_t product = (left[k] + a_offset) * (right[k] + b_offset);
      y[i + k] = clamped(scaled(product, mult, shift) + y_offset, low, high);
    }
  }
}

typedef struct {
  int largest, sum, count;
} window;

static window looked_at(const int8_t *x, int x_wd, int x_ht, int channels, int top, int left, int ht,
                        int wd, int c) {
  window seen = {INT8_MIN, 0, 0};
  for (int row = top < 0 ? 0 : top; row < top + ht && row < x_ht; ++row) {
    for (int column = left < 0 ? 0 : left; column < left + wd && column < x_wd; ++column) {
      const int value = x[(row * x_wd + column) * channels + c];
      seen.largest = value > seen.largest ? value : seen.largest;
      seen.sum += value, ++seen.count;
    }
  }
  return seen;
}

void esp_nn_avg_pool_s8(const int8_t *x, uint16_t x_wd, uint16_t x_ht, int8_t *y, uint16_t y_wd,
                        uint16_t y_ht, uint16_t stride_wd, uint16_t stride_ht, uint16_t wd,
                        uint16_t ht, uint16_t pad_wd, uint16_t pad_ht, int32_t low, int32_t high,
                        uint16_t channels) {
  check(x, x_wd * x_ht * channels, y, y_wd * y_ht * channels);
  for (int i = 0; i < y_wd * y_ht * channels; ++i) {
    const int top = i / channels / y_wd * stride_ht - pad_ht;
    const int left = i / channels % y_wd * stride_wd - pad_wd;
    const window seen = looked_at(x, x_wd, x_ht, channels, top, left, ht, wd, i % channels);
    y[i] = clamped((int32_t)round((double)seen.sum / seen.count), low, high);
  }
}

void esp_nn_max_pool_s8(const int8_t *x, uint16_t x_wd, uint16_t x_ht, int8_t *y, uint16_t y_wd,
                        uint16_t y_ht, uint16_t stride_wd, uint16_t stride_ht, uint16_t wd,
                        uint16_t ht, uint16_t pad_wd, uint16_t pad_ht, int32_t low, int32_t high,
                        uint16_t channels) {
  check(x, x_wd * x_ht * channels, y, y_wd * y_ht * channels);
  for (int i = 0; i < y_wd * y_ht * channels; ++i) {
    const int top = i / channels / y_wd * stride_ht - pad_ht;
    const int left = i / channels % y_wd * stride_wd - pad_wd;
    const window seen = looked_at(x, x_wd, x_ht, channels, top, left, ht, wd, i % channels);
    y[i] = clamped(seen.largest, low, high);
  }
}
