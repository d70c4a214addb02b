#include "edgeq_native.h"

/* Dot products of windows with filters, the inner loop of convolutions.
 *
 * A column is a window laid out in a row, `groups` groups of 4 taps, zeros behind the last tap. Two columns lie side by
 * side, and so do two filters, so that four sums advance together. Filters: int8 [groups][2 filters][4 taps], 4-byte
 * aligned. Columns: edgeq_tap [groups][8], in an order that the core likes (edgeq_tap_index).
 */
#if defined(__ARM_FEATURE_DSP)
#include "columns_dsp.h"
#else
#include "columns_portable.h"
#endif

/* Writes `count` taps from x into column `which` (0 or 1), starting with tap `first`. */
static inline void edgeq_fill_taps(edgeq_tap *columns, int32_t which, int32_t first, const int8_t *x, int32_t count) {
  if (((first | count) & 3) == 0 && ((uintptr_t)x & 3) == 0) {
    edgeq_fill_groups(columns + 2 * first, which, x, count >> 2);
    return;
  }
  for (int32_t i = 0; i < count; ++i) {
    columns[edgeq_tap_index(which, first + i)] = x[i];
  }
}

/* The same with one value for all taps. */
static inline void edgeq_fill_value(edgeq_tap *columns, int32_t which, int32_t first, int32_t value, int32_t count) {
  if (((first | count) & 3) == 0) {
    edgeq_fill_groups_value(columns + 2 * first, which, value, count >> 2);
    return;
  }
  for (int32_t i = 0; i < count; ++i) {
    columns[edgeq_tap_index(which, first + i)] = (edgeq_tap)value;
  }
}
