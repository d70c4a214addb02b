/* Dot products of windows with filters, the inner loop of convolutions: a tile of a matrix product.
 *
 * A column is a window laid out in a row, `groups` groups of 4 taps, zeros behind the last tap. The
 * columns of EDGEQ_TILE_PIXELS pixels lie side by side, so that each weight loaded serves as many
 * sums. Filters: int8 [groups][4 taps], 4-byte aligned. Columns: edgeq_tap
 * [groups][EDGEQ_GROUP_TAPS], in an order that suits the instruction set; EDGEQ_WHOLE_TAPS taps go
 * together, so there may be groups behind the last. Each twin has the type edgeq_tap and
 *
 *     edgeq_fill_groups        taps into one of the columns, a pixel of a tile after the one before
 *     edgeq_fill_groups_value  one value for all taps
 *     edgeq_gemm_tile          EDGEQ_TILE_FILTERS filters, each `next` bytes behind the one before,
 *                              over the columns: sums[EDGEQ_TILE_PIXELS * i + k] is filter i over
 *                              column k
 */
#ifndef EDGEQ_GEMM_TILE_H
#define EDGEQ_GEMM_TILE_H

#include "convolution/tap_groups.h"

#include EDGEQ_GEMM_TILE

#endif
