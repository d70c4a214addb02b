#include "depthwise/depthwise_conv_2d_3x3_rows.c"
#include "depthwise/packed_per_channel.h"

typedef edgeq_packed_per_channel edgeq_depthwise_conv_2d_packed_3x3_rows_s8_params;

/* Some rows of a DEPTHWISE_CONV_2D on int8 by packed weights, as depthwise_conv_2d_3x3_rows.c once
 * they are decoded.
 * x, y: as there
 * scratch: weights_at bytes that that kernel takes, then 8 bytes more than the weights are
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_packed_3x3_rows_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_packed_3x3_rows_s8_params *p, edgeq_rows rows,
    const int8_t *x, int8_t *y, void *scratch) {
  edgeq_per_channel layer = p->layer;
  layer.weights = edgeq_decode_rows(&p->rows, scratch);
  edgeq_depthwise_conv_2d_3x3_rows_s8(&layer, rows, x, y, scratch);
}
