/* Rendered for the rows of the files that include it. */
/* Sums and padding of windows of float32, whose padding is 0 and so skipped. */
#include "common/sums_f32.h"
#include "convolution/padding_skipped.h"
