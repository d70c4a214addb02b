#include "common/rows.h"

/* A row of the output is `left` bytes of fill, `line` bytes of the input's row `top` rows above,
 * `right` bytes of fill; or fill alone where the input, of `height` rows, has no such row. */
typedef struct {
  int32_t top, height, left, line, right;
  int8_t fill;
} edgeq_pad_rows_s8_params;

/* Some rows of PAD and PADV2 on int8.
 * x: a line buffer [rows.lines][line]
 * y: [rows.count, left + line + right]; shares nothing with x
 */
EDGEQ_KERNEL void edgeq_pad_rows_s8(const EDGEQ_FLASH edgeq_pad_rows_s8_params *p, edgeq_rows rows,
                                    const int8_t *x, int8_t *y) {
  for (int32_t row = rows.first - p->top; row < rows.first - p->top + rows.count; ++row) {
    const int inside = row >= 0 && row < p->height;
    const int32_t before = inside ? p->left : p->left + p->line;
    memset(y, p->fill, (size_t)before);
    y += before;
    if (inside) {
      memcpy(y, x + edgeq_line_of(row, rows.lines) * p->line, (size_t)p->line);
      y += p->line;
    }
    memset(y, p->fill, (size_t)p->right);
    y += p->right;
  }
}
