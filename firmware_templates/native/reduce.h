#include "edgeq_native.h"

/* Loops over the kept and the reduced axes of a tensor, outermost first, strides in elements. */
typedef struct {
  int32_t kept[3], kept_stride[3];
  int32_t reduced[3], reduced_stride[3];
} edgeq_reduce_loops;

/* The loops, and the requantization of a sum. offset = -input_zero_point * (elements per output). */
typedef struct {
  edgeq_reduce_loops loops;
  int32_t offset, multiplier, shift, output_zero_point;
} edgeq_reduce_params;
