#include "common/esp_nn.h"

/* Rendered for
 *   NAME                    POOL
 *   average_pool_2d_esp_nn  esp_nn_avg_pool_s8
 *   max_pool_2d_esp_nn      esp_nn_max_pool_s8
 */
#define POOL esp_nn_avg_pool_s8

typedef struct {
  uint16_t input_width, input_height, output_width, output_height;
  uint16_t stride_width, stride_height, filter_width, filter_height;
  uint16_t pad_left, pad_top, channels;
  int32_t activation_min, activation_max;
} edgeq_NAME_params;

/* AVERAGE_POOL_2D or MAX_POOL_2D of one image; an element of padding counts for nothing.
 * x: [input_height][input_width][channels]
 * y: [output_height][output_width][channels]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_NAME(const edgeq_NAME_params *p, const int8_t *x, int8_t *y) {
  POOL(x, p->input_width, p->input_height, y, p->output_width, p->output_height, p->stride_width,
       p->stride_height, p->filter_width, p->filter_height, p->pad_left, p->pad_top,
       p->activation_min, p->activation_max, p->channels);
}
