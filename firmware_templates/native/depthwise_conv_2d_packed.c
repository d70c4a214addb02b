#include "depthwise_conv_2d.c"
#include "packed_rows.h"

/* The layer as depthwise_conv_2d.c computes it, once its weights are decoded. */
typedef struct {
  edgeq_depthwise_conv_2d_s8_params layer; /* weights: NULL */
  edgeq_packed_rows rows;
} edgeq_depthwise_conv_2d_packed_s8_params;

/* DEPTHWISE_CONV_2D on int8 by packed weights.
 * x, y: as for depthwise_conv_2d.c
 * scratch: 8 bytes more than the weights are
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_packed_s8(const EDGEQ_FLASH edgeq_depthwise_conv_2d_packed_s8_params *p,
                                                    const int8_t *x, int8_t *y, void *scratch) {
  edgeq_depthwise_conv_2d_s8_params layer = p->layer;
  layer.weights = edgeq_decode_rows(&p->rows, scratch);
  edgeq_depthwise_conv_2d_s8(&layer, x, y);
}
