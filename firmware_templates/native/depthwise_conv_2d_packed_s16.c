#include "depthwise_conv_2d_s16.c"
#include "packed_rows.h"

/* The layer as depthwise_conv_2d_s16.c computes it, once its weights are decoded. */
typedef struct {
  edgeq_depthwise_conv_2d_s16_params layer; /* weights: NULL */
  edgeq_packed_rows rows;
} edgeq_depthwise_conv_2d_packed_s16_params;

/* DEPTHWISE_CONV_2D on int16 by packed weights.
 * x, y: as for depthwise_conv_2d_s16.c
 * scratch: 8 bytes more than the weights are
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_packed_s16(const EDGEQ_FLASH edgeq_depthwise_conv_2d_packed_s16_params *p,
                                                     const int16_t *x, int16_t *y, void *scratch) {
  edgeq_depthwise_conv_2d_s16_params layer = p->layer;
  layer.weights = edgeq_decode_rows(&p->rows, scratch);
  edgeq_depthwise_conv_2d_s16(&layer, x, y);
}
