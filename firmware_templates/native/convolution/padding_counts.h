/* Rendered for the rows of the files that include it. */
#include "common/geometry.h"

/* Padding counts as a value, the zero point of the inputs. */
typedef struct {
  edgeq_geometry geometry;
  int32_t padding;
} edgeq_window_TYPE;

static inline int32_t edgeq_padding_TYPE(const EDGEQ_FLASH edgeq_window_TYPE *window) {
  return window->padding;
}

static inline SUM edgeq_plus_padding_TYPE(SUM sum, int32_t padding, W w) {
  return sum + padding * w;
}

/* sum plus the product of weight w and input element x[at]; at < 0 stands for padding. */
static inline SUM edgeq_plus_tap_TYPE(
    const EDGEQ_FLASH edgeq_window_TYPE *window, SUM sum, const X *x, int32_t at, W w) {
  return sum + (at < 0 ? window->padding : x[at]) * w;
}
