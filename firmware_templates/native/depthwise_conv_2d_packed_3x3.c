#include "depthwise_conv_2d_3x3.c"
#include "packed_rows.h"

/* The layer as depthwise_conv_2d_3x3.c computes it, once its weights are decoded. */
typedef struct {
  edgeq_planes layer; /* weights: NULL */
  edgeq_packed_weights packed;
  int32_t weights_at; /* where in scratch they go */
  int32_t row_bytes;  /* weights in a row */
} edgeq_depthwise_conv_2d_packed_3x3_s8_params;

/* DEPTHWISE_CONV_2D on int8 by packed weights.
 * x, y: as for depthwise_conv_2d_3x3.c
 * scratch: weights_at bytes that that kernel takes, then 8 bytes more than the weights are
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_packed_3x3_s8(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_packed_3x3_s8_params *p, const int8_t *x, int8_t *y, void *scratch) {
  edgeq_planes layer = p->layer;
  layer.weights = edgeq_decode_rows(&p->packed, p->row_bytes, (int8_t *)scratch + p->weights_at);
  edgeq_depthwise_conv_2d_3x3_s8(&layer, x, y, scratch);
}
