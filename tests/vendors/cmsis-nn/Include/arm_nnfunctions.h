/* The part of CMSIS-NN's interface that generated C calls, under the name of its header. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef int arm_cmsis_nn_status;

typedef struct {
  void *buf;
  int32_t size;
} cmsis_nn_context;

typedef struct {
  int32_t w, h;
} cmsis_nn_tile;

typedef struct {
  int32_t n, h, w, c;
} cmsis_nn_dims;

typedef struct {
  int32_t *multiplier, *shift;
} cmsis_nn_per_channel_quant_params;

typedef struct {
  int32_t min, max;
} cmsis_nn_activation;

typedef struct {
  int32_t input_offset, output_offset;
  cmsis_nn_tile stride, padding, dilation;
  cmsis_nn_activation activation;
} cmsis_nn_conv_params;

typedef struct {
  int32_t input_offset, output_offset, ch_mult;
  cmsis_nn_tile stride, padding, dilation;
  cmsis_nn_activation activation;
} cmsis_nn_dw_conv_params;

typedef struct {
  cmsis_nn_tile stride, padding;
  cmsis_nn_activation activation;
} cmsis_nn_pool_params;

typedef struct {
  int32_t input_offset, filter_offset, output_offset;
  cmsis_nn_activation activation;
} cmsis_nn_fc_params;

#define SCALES const cmsis_nn_per_channel_quant_params *scales
#define TENSORS                                                                                \
  const cmsis_nn_dims *xd, const int8_t *x, const cmsis_nn_dims *wd, const int8_t *w,          \
      const cmsis_nn_dims *bd, const int32_t *bias, const cmsis_nn_dims *yd, int8_t *y
#define POOLED                                                                                 \
  const cmsis_nn_context *context, const cmsis_nn_pool_params *p, const cmsis_nn_dims *xd,     \
      const int8_t *x, const cmsis_nn_dims *wd, const cmsis_nn_dims *yd, int8_t *y

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params *p,
                                                const cmsis_nn_dims *xd, const cmsis_nn_dims *wd,
                                                const cmsis_nn_dims *yd);
arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *context,
                                            const cmsis_nn_conv_params *p, SCALES, TENSORS);
int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params *p,
                                                      const cmsis_nn_dims *xd,
                                                      const cmsis_nn_dims *wd,
                                                      const cmsis_nn_dims *yd);
arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *context,
                                                  const cmsis_nn_dw_conv_params *p, SCALES,
                                                  TENSORS);
arm_cmsis_nn_status arm_fully_connected_per_channel_s8(const cmsis_nn_context *context,
                                                       const cmsis_nn_fc_params *p, SCALES,
                                                       TENSORS);
int32_t arm_avgpool_s8_get_buffer_size(const int width, const int channels);
arm_cmsis_nn_status arm_avgpool_s8(POOLED);
arm_cmsis_nn_status arm_max_pool_s8(POOLED);
arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *a, const int8_t *b, int32_t a_offset,
                                           int32_t a_mult, int32_t a_shift, int32_t b_offset,
                                           int32_t b_mult, int32_t b_shift, int32_t left_shift,
                                           int8_t *y, int32_t y_offset, int32_t y_mult,
                                           int32_t y_shift, int32_t low, int32_t high,
                                           int32_t size);
arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t *a, const int8_t *b, int32_t a_offset,
                                           int32_t b_offset, int8_t *y, int32_t y_offset,
                                           int32_t mult, int32_t shift, int32_t low, int32_t high,
                                           int32_t size);
