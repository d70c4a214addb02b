#include "edgeq_native.h"

/* Dot products of windows with filters, the inner loop of convolutions.
 *
 * A column is a window laid out in a row, `groups` groups of 4 taps, zeros behind the last tap. Four columns lie side by
 * side, so that each expanded weight serves four sums. Filters: int8 [groups][4 taps], 4-byte aligned. Columns:
 * edgeq_tap [groups][16], in an order that suits the core. Each core's header has
 *
 *     edgeq_fill_groups        taps into one of the columns
 *     edgeq_fill_groups_value  one value for all taps
 *     edgeq_dot_4              sums[k]: the filter over column k
 */
#define EDGEQ_COLUMNS 4

#if defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__) /* unoptimized builds lack the registers */
#include "columns_dsp.h"
#else
#include "columns_portable.h"
#endif
