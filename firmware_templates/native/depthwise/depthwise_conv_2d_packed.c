#include "depthwise/depthwise_conv_2d.c"
#include "weights/packed_rows.h"

/* The layer as depthwise_conv_2d.c computes it, once its weights are decoded. */
typedef struct {
  edgeq_depthwise_conv_2d_TYPE_params layer; /* weights: NULL */
  edgeq_packed_rows rows;
} edgeq_depthwise_conv_2d_packed_TYPE_params;

/* DEPTHWISE_CONV_2D by packed weights, of integers.
 * x, y: as for depthwise_conv_2d.c
 * scratch: 8 bytes more than the weights are
 */
EDGEQ_KERNEL void edgeq_depthwise_conv_2d_packed_TYPE(
    const EDGEQ_FLASH edgeq_depthwise_conv_2d_packed_TYPE_params *p, const X *x, X *y,
    void *scratch) {
  edgeq_depthwise_conv_2d_TYPE_params layer = p->layer;
  layer.weights = edgeq_decode_rows(&p->rows, scratch);
  edgeq_depthwise_conv_2d_TYPE(&layer, x, y);
}
