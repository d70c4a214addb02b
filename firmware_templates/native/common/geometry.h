#ifndef EDGEQ_GEOMETRY_H
#define EDGEQ_GEOMETRY_H

#include "common/edgeq_native.h"

/* How a filter slides over images. */
typedef struct {
  int32_t batches, input_height, input_width, input_channels;
  int32_t output_height, output_width;
  int32_t filter_height, filter_width;
  int32_t stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
} edgeq_geometry;

/* Elements of an input image. */
static inline int32_t edgeq_image_elements(const EDGEQ_FLASH edgeq_geometry *g) {
  return g->input_height * g->input_width * g->input_channels;
}

/* Where the pixel at (row, column) begins in its image, in elements; -1 outside, where there is
 * padding. */
static inline int32_t edgeq_pixel_at(const EDGEQ_FLASH edgeq_geometry *g, int32_t row,
                                     int32_t column) {
  if (row < 0 || row >= g->input_height || column < 0 || column >= g->input_width) {
    return -1;
  }
  return (row * g->input_width + column) * g->input_channels;
}

#endif
