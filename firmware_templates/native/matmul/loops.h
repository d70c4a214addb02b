/* Rendered for the rows of the files that include it. */

/* The product of two matrices; x and y as `shape` steps through them. */
static void edgeq_NAME_product(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH T *x,
                               const EDGEQ_FLASH T *y, T *z) {
  const EDGEQ_FLASH edgeq_matmul_shape *const s = &p->shape;
  for (int32_t i = 0; i < s->rows; ++i, x += s->x_row) {
    for (int32_t j = 0; j < s->columns; ++j) {
      const EDGEQ_FLASH T *const column = y + j * s->y_column;
      V sum = 0;
      for (int32_t k = 0; k < s->depth; ++k) {
        sum = edgeq_NAME_add(p, sum, x[k * s->x_step], column[k * s->y_step]);
      }
      *z++ = edgeq_NAME_of(p, sum);
    }
  }
}

/* The products of all pairs of matrices.
 * x: [batches or 1, rows, depth], or with depth first; any value; computed or constant
 * y: [batches or 1, depth, columns], or with columns first; likewise
 * z: [batches, rows, columns]; shares no byte with x or y
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH T *x,
                             const EDGEQ_FLASH T *y, T *z) {
  const EDGEQ_FLASH edgeq_matmul_shape *const s = &p->shape;
  for (int32_t a = 0; a < s->batches[0]; ++a) {
    for (int32_t b = 0; b < s->batches[1]; ++b) {
      for (int32_t c = 0; c < s->batches[2]; ++c, z += s->rows * s->columns) {
        const int32_t x_at = a * s->x_batch[0] + b * s->x_batch[1] + c * s->x_batch[2];
        const int32_t y_at = a * s->y_batch[0] + b * s->y_batch[1] + c * s->y_batch[2];
        edgeq_NAME_product(p, x + x_at, y + y_at, z);
      }
    }
  }
}
