/* Rendered for the rows of the files that include it. */
#include "common/geometry.h"

/* Padding is left out. */
typedef struct {
  edgeq_geometry geometry;
} edgeq_window_TYPE;

static inline int32_t edgeq_padding_TYPE(const EDGEQ_FLASH edgeq_window_TYPE *window) {
  (void)window;
  return 0;
}

static inline SUM edgeq_plus_padding_TYPE(SUM sum, int32_t padding, W w) {
  (void)padding;
  (void)w;
  return sum;
}

/* sum plus the product of weight w and input element x[at]; at < 0 stands for padding. */
static inline SUM edgeq_plus_tap_TYPE(
    const EDGEQ_FLASH edgeq_window_TYPE *window, SUM sum, const X *x, int32_t at, W w) {
  (void)window;
  return at < 0 ? sum : edgeq_plus_product_TYPE(sum, x[at], w);
}
