/* The part of ESP-NN's interface that generated C calls, under the names of its headers. */
#pragma once
#include <stdint.h>

typedef struct {
  int32_t width, height, channels, extra;
} data_dims_t;

typedef struct {
  int32_t width, height;
} data_2d_t;

typedef struct {
  int32_t min, max;
} act_params_t;

typedef struct {
  int32_t *shift, *mult;
} quant_data_t;

typedef struct {
  int32_t in_offset, out_offset;
  data_2d_t stride, padding, dilation;
  act_params_t activation;
} conv_params_t;

typedef struct {
  int32_t in_offset, out_offset, ch_mult;
  data_2d_t stride, padding, dilation;
  act_params_t activation;
} dw_conv_params_t;

int esp_nn_get_conv_scratch_size(const data_dims_t *x, const data_dims_t *w, const data_dims_t *y,
                                 const conv_params_t *p);
void esp_nn_set_conv_scratch_buf(const void *scratch);
void esp_nn_conv_s8(const data_dims_t *x_dims, const int8_t *x, const data_dims_t *w_dims,
                    const int8_t *w, const int32_t *bias, const data_dims_t *y_dims, int8_t *y,
                    const conv_params_t *p, const quant_data_t *scales);
int esp_nn_get_depthwise_conv_scratch_size(const data_dims_t *x, const data_dims_t *w,
                                           const data_dims_t *y, const dw_conv_params_t *p);
void esp_nn_set_depthwise_conv_scratch_buf(const void *scratch);
void esp_nn_depthwise_conv_s8(const data_dims_t *x_dims, const int8_t *x, const data_dims_t *w_dims,
                              const int8_t *w, const int32_t *bias, const data_dims_t *y_dims,
                              int8_t *y, const dw_conv_params_t *p, const quant_data_t *scales);
void esp_nn_fully_connected_per_ch_s8(const int8_t *x, int32_t x_offset, uint16_t depth,
                                      const int8_t *w, int32_t w_offset, const int32_t *bias,
                                      int8_t *y, uint16_t neurons, int32_t y_offset,
                                      const int32_t *shift, const int32_t *multiplier, int32_t low,
                                      int32_t high);
void esp_nn_add_elementwise_s8(const int8_t *a, const int8_t *b, int32_t a_offset, int32_t b_offset,
                               int32_t a_mult, int32_t b_mult, int32_t a_shift, int32_t b_shift,
                               int32_t left_shift, int8_t *y, int32_t y_offset, int32_t y_mult,
                               int32_t y_shift, int32_t low, int32_t high, int32_t size);
void esp_nn_mul_elementwise_s8(const int8_t *a, const int8_t *b, int32_t a_offset, int32_t b_offset,
                               int8_t *y, int32_t y_offset, int32_t mult, int32_t shift,
                               int32_t low, int32_t high, int32_t size);
void esp_nn_avg_pool_s8(const int8_t *x, uint16_t x_wd, uint16_t x_ht, int8_t *y, uint16_t y_wd,
                        uint16_t y_ht, uint16_t stride_wd, uint16_t stride_ht, uint16_t wd,
                        uint16_t ht, uint16_t pad_wd, uint16_t pad_ht, int32_t low, int32_t high,
                        uint16_t channels);
void esp_nn_max_pool_s8(const int8_t *x, uint16_t x_wd, uint16_t x_ht, int8_t *y, uint16_t y_wd,
                        uint16_t y_ht, uint16_t stride_wd, uint16_t stride_ht, uint16_t wd,
                        uint16_t ht, uint16_t pad_wd, uint16_t pad_ht, int32_t low, int32_t high,
                        uint16_t channels);
