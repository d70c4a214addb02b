#include "common/edgeq_native.h"

/* Images of `height` x `width` pixels of `pixel` bytes, cut into blocks of block_rows x
 * block_columns pixels, `blocks` in all. */
typedef struct {
  int32_t images, height, width, pixel;
  int32_t blocks, block_rows, block_columns;
  int32_t output_height, output_width;
  int32_t pad_top, pad_left;
  int32_t fill; /* the byte of the border */
} edgeq_space_to_batch_nd_params;

/* A line of the output: every block_columns-th pixel of a line of x from `column` on, or none of x
 * where `line` is null. */
static int8_t *edgeq_space_to_batch_nd_line(const EDGEQ_FLASH edgeq_space_to_batch_nd_params *p,
    const int8_t *line, int32_t column, int8_t *y) {
  for (int32_t i = 0; i < p->output_width; ++i, column += p->block_columns, y += p->pixel) {
    if (line != NULL && column >= 0 && column < p->width) {
      memcpy(y, line + column * p->pixel, (size_t)p->pixel);
    } else {
      memset(y, (int)p->fill, (size_t)p->pixel);
    }
  }
  return y;
}

/* SPACE_TO_BATCH_ND on elements of any dtype.
 * x: [images, height, width], pixels
 * y: [blocks * images, output_height, output_width], pixels; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_space_to_batch_nd(
    const EDGEQ_FLASH edgeq_space_to_batch_nd_params *p, const void *x, void *y) {
  int8_t *to = (int8_t *)y;
  for (int32_t block = 0; block < p->blocks; ++block) {
    const int32_t column = block % p->block_columns - p->pad_left;
    const int8_t *image = (const int8_t *)x;
    for (int32_t n = 0; n < p->images; ++n, image += p->height * p->width * p->pixel) {
      int32_t row = block / p->block_columns - p->pad_top;
      for (int32_t i = 0; i < p->output_height; ++i, row += p->block_rows) {
        const int inside = row >= 0 && row < p->height;
        const int8_t *const line = inside ? image + row * p->width * p->pixel : NULL;
        to = edgeq_space_to_batch_nd_line(p, line, column, to);
      }
    }
  }
}
