/* Rendered for the rows of the files that include it. */
#include "common/edgeq_native.h"

static inline int16_t edgeq_NAME_added(int16_t a, int16_t b) {
  return (int16_t)edgeq_clamp((int32_t)a + b, INT16_MIN, INT16_MAX);
}
