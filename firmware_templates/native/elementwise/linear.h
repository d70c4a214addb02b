/* What the runs of sum_linear_s8.c share. */
#ifndef EDGEQ_LINEAR_H
#define EDGEQ_LINEAR_H

#include "common/requantize.h"

#define EDGEQ_LINEAR_SHIFT 21

#endif
