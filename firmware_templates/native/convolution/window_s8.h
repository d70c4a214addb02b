/* Rendered for the rows of the files that include it. */
/* Sums and padding of windows of int8, whose padding counts as the zero point. */
#include "common/sums_s8.h"
#include "convolution/padding_counts.h"
