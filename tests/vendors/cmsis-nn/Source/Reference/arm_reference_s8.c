/* CMSIS-NN's functions as its documents and TFLite's reference kernels define them, in plain loops that
 * overwrite the buffer of the size that was asked for, and hold callers to it. */
#include <arm_nnfunctions.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 8

static void demand(int holds) {
  if (!holds) {
    abort();
  }
}

static int bytes(const cmsis_nn_dims *dims) { return dims->n * dims->h * dims->w * dims->c; }

static void apart(const int8_t *x, int x_bytes, const int8_t *y, int y_bytes) {
  demand(x + x_bytes <= y || y + y_bytes <= x);
}

static void overwrite(const cmsis_nn_context *context) {
  demand(context->buf != NULL && context->size >= BUFFER_BYTES);
  memset(context->buf, 85, (size_t)context->size);
}

/* x * multiplier * 2^(shift - 31), rounded twice: to nearest with ties up, then away from zero. */
static int32_t scaled(int64_t x, int32_t multiplier, int32_t shift) {
  const int64_t product = x * (1 << (shift > 0 ? shift : 0)) * multiplier;
  const double high = (double)((product + (1 << 30)) >> 31);
  return (int32_t)round(shift > 0 ? high : ldexp(high, shift));
}

static int8_t clamped(int32_t value, int32_t low, int32_t high) {
  return (int8_t)(value < low ? low : value > high ? high : value);
}

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params *p,
                                                const cmsis_nn_dims *xd, const cmsis_nn_dims *wd,
                                                const cmsis_nn_dims *yd) {
  (void)p, (void)xd, (void)wd, (void)yd;
  return BUFFER_BYTES;
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params *p,
                                                      const cmsis_nn_dims *xd,
                                                      const cmsis_nn_dims *wd,
                                                      const cmsis_nn_dims *yd) {
  (void)p, (void)xd, (void)wd, (void)yd;
  return BUFFER_BYTES;
}

int32_t arm_avgpool_s8_get_buffer_size(const int width, const int channels) {
  (void)width;
  return channels * 4;
}

/* filters: of the output for each channel of the input, 0 for all of them. */
static void convolve(const cmsis_nn_conv_params *p, SCALES, TENSORS, int filters) {
  apart(x, bytes(xd), y, bytes(yd));
  demand(bd->c == yd->c && xd->n == yd->n);
  const int depth = filters ? 1 : xd->c, taps = wd->h * wd->w * depth;
  for (int i = 0; i < bytes(yd); ++i) {
    const int f = i % yd->c, column = i / yd->c % yd->w, row = i / yd->c / yd->w % yd->h;
    const int8_t *const image = x + i / yd->c / yd->w / yd->h * (bytes(xd) / xd->n);
    int64_t sum = bias == NULL ? 0 : bias[f];
    for (int tap = 0; tap < taps; ++tap) {
      const int at = row * p->stride.h - p->padding.h + tap / depth / wd->w;
      const int left = column * p->stride.w - p->padding.w + tap / depth % wd->w;
      const int c = filters ? f / filters : tap % depth;
      if (at >= 0 && at < xd->h && left >= 0 && left < xd->w) {
        const int weight = w[filters ? tap * yd->c + f : f * taps + tap];
        sum += (image[(at * xd->w + left) * xd->c + c] + p->input_offset) * weight;
      }
    }
    y[i] = clamped(scaled(sum, scales->multiplier[f], scales->shift[f]) + p->output_offset,
                   p->activation.min, p->activation.max);
  }
}

arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *context,
                                            const cmsis_nn_conv_params *p, SCALES, TENSORS) {
  overwrite(context);
  demand(wd->n == yd->c && wd->c == xd->c);
  convolve(p, scales, xd, x, wd, w, bd, bias, yd, y, 0);
  return 0;
}

arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *context,
                                                  const cmsis_nn_dw_conv_params *p, SCALES,
                                                  TENSORS) {
  const cmsis_nn_conv_params same = {p->input_offset, p->output_offset, p->stride,
                                     p->padding,      p->dilation,      p->activation};
  overwrite(context);
  demand(wd->n == 1 && wd->c == yd->c);
  convolve(&same, scales, xd, x, wd, w, bd, bias, yd, y, p->ch_mult);
  return 0;
}

/* As with Helium: the context has what the sums begin with. */
arm_cmsis_nn_status arm_fully_connected_per_channel_s8(const cmsis_nn_context *context,
                                                       const cmsis_nn_fc_params *p, SCALES,
                                                       TENSORS) {
  apart(x, bytes(xd), y, bytes(yd));
  demand(context->size == 4 * yd->c && wd->c == yd->c && bd->c == yd->c);
  (void)bias;
  for (int i = 0; i < xd->n * yd->c; ++i) {
    const int f = i % yd->c;
    int64_t sum = ((const int32_t *)context->buf)[f];
    for (int k = 0; k < wd->n; ++k) {
      sum += x[i / yd->c * wd->n + k] * w[f * wd->n + k];
    }
    y[i] = clamped(scaled(sum, scales->multiplier[f], scales->shift[f]) + p->output_offset,
                   p->activation.min, p->activation.max);
  }
  return 0;
}

static void pool(POOLED, int averages) {
  (void)context;
  apart(x, bytes(xd), y, bytes(yd));
  for (int i = 0; i < bytes(yd); ++i) {
    const int c = i % yd->c, row = i / yd->c / yd->w % yd->h * p->stride.h - p->padding.h;
    const int column = i / yd->c % yd->w * p->stride.w - p->padding.w;
    const int8_t *const image = x + i / yd->c / yd->w / yd->h * (bytes(xd) / xd->n);
    int32_t sum = 0, count = 0, largest = INT8_MIN;
    for (int k = 0; k < wd->h * wd->w; ++k) {
      const int top = row + k / wd->w, left = column + k % wd->w;
      if (top >= 0 && top < xd->h && left >= 0 && left < xd->w) {
        const int8_t value = image[(top * xd->w + left) * xd->c + c];
        sum += value, ++count;
        largest = value > largest ? value : largest;
      }
    }
    y[i] = clamped(averages ? (int32_t)round((double)sum / count) : largest, p->activation.min,
                   p->activation.max);
  }
}

arm_cmsis_nn_status arm_avgpool_s8(POOLED) {
  overwrite(context);
  pool(context, p, xd, x, wd, yd, y, 1);
  return 0;
}

arm_cmsis_nn_status arm_max_pool_s8(POOLED) {
  pool(context, p, xd, x, wd, yd, y, 0);
  return 0;
}

static void in_place(const int8_t *x, const int8_t *y, int size) {
  demand(x == y || x + size <= y || y + size <= x);
}

arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *a, const int8_t *b, int32_t a_offset,
                                           int32_t a_mult, int32_t a_shift, int32_t b_offset,
                                           int32_t b_mult, int32_t b_shift, int32_t left_shift,
                                           int8_t *y, int32_t y_offset, int32_t y_mult,
                                           int32_t y_shift, int32_t low, int32_t high,
                                           int32_t size) {
  in_place(a, y, size), in_place(b, y, size);
  for (int i = 0; i < size; ++i) {
    const int64_t fine = 1 << left_shift;
    const int32_t left = scaled((a[i] + a_offset) * fine, a_mult, a_shift);
    const int32_t sum = left + scaled((b[i] + b_offset) * fine, b_mult, b_shift);
    y[i] = clamped(scaled(sum, y_mult, y_shift) + y_offset, low, high);
  }
  return 0;
}

arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t *a, const int8_t *b, int32_t a_offset,
                                           int32_t b_offset, int8_t *y, int32_t y_offset,
                                           int32_t mult, int32_t shift, int32_t low, int32_t high,
                                           int32_t size) {
  in_place(a, y, size), in_place(b, y, size);
  for (int i = 0; i < size; ++i) {
    const int32_t product = (a[i] + a_offset) * (b[i] + b_offset);
    y[i] = clamped(scaled(product, mult, shift) + y_offset, low, high);
  }
  return 0;
}
