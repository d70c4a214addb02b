#include "weights/packed_weights.h"

/* Rendered for
 *   TYPE  X        W       SUM      WINDOW
 *   s8    int8_t   int8_t  int32_t  "convolution/window_s8.h"
 *   s16   int16_t  int8_t  int64_t  "convolution/window_s16.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t SUM;
#define WINDOW "convolution/window_s8.h"

#include WINDOW
#include "convolution/conv_2d_channel.h"

/* A convolution as conv_2d.c computes it; filters are decoded one after the other. */
typedef struct {
  edgeq_conv_2d_TYPE_params layer; /* weights: NULL */
  edgeq_packed_weights packed;     /* a row for each filter */
} edgeq_conv_2d_packed_TYPE_params;

/* CONV_2D by packed weights.
 * x, y: as for conv_2d.c
 * scratch: 8 * eights, a filter
 */
EDGEQ_KERNEL void edgeq_conv_2d_packed_TYPE(
    const EDGEQ_FLASH edgeq_conv_2d_packed_TYPE_params *p, const X *x, X *y, void *scratch) {
  int8_t *const filter = (int8_t *)scratch;
  int32_t f = 0;
  for (int32_t g = 0; g < p->layer.groups; ++g, x += p->layer.filter_channels) {
    for (int32_t k = 0; k < p->layer.group_filters; ++k, ++f) {
      edgeq_decode_row(&p->packed, f, filter);
      edgeq_conv_2d_TYPE_channel(&p->layer, x, filter, f, y);
    }
  }
}
