#include "edgeq_native.h"

/* Dot products of windows with filters, the inner loop of convolutions.
 *
 * A column is a window laid out in a row, `groups` groups of 4 taps, zeros behind the last tap. Four columns lie side
 * by side, so that each weight loaded serves four sums. Filters: int8 [groups][4 taps], 4-byte aligned. Columns:
 * edgeq_tap [groups][EDGEQ_GROUP_TAPS], in an order that suits the core, 32 bytes a group or fewer. Each header has
 *
 *     edgeq_fill_groups        taps into one of the columns
 *     edgeq_fill_groups_value  one value for all taps
 *     edgeq_dot_4              EDGEQ_FILTERS filters, each `next` bytes behind the one before, over four columns:
 *                              sums[4 * i + k] is filter i over column k
 *
 * but for columns_mve.h, where a filter's sums are a vector.
 */
#define EDGEQ_COLUMNS 4

#if defined(__ARM_FEATURE_MVE)
#include "columns_mve.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__) /* unoptimized builds lack the registers */
#include "columns_dsp.h"
#elif defined(__AVR__)
#include "columns_bytes.h"
#else
#include "columns_pairs.h"
#endif

#if !defined(EDGEQ_WHOLE_TAPS)
#define EDGEQ_WHOLE_TAPS 4 /* how many taps go together */
#endif
