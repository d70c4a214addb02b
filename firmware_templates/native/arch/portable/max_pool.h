/* Rendered for the rows of the files that include it. */
/* A pixel of max pooling of int8 in C. */
#include "pooling/pixel.h"
