/* Rendered for the rows of the files that include it. */
/* Sums and padding of windows of int16, whose padding is 0 and so skipped. */
#include "common/sums_s16.h"
#include "convolution/padding_skipped.h"
