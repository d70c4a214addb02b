/* Rendered for the rows of the files that include it. */
/* A pixel of average pooling of int8 in C. */
#include "pooling/pixel.h"
