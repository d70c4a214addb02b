/* Rendered for the rows of the files that include it. */
/* Sums in 32 bits and padding of windows of int16, whose padding counts as 0. */
#include "common/sums_s8.h"
#include "convolution/padding_counts.h"
