/* How much edgeq_tap, the type of the columns that gemm_tile.h lays out, a group of 4 taps
 * takes. */
#ifndef EDGEQ_TAP_GROUPS_H
#define EDGEQ_TAP_GROUPS_H

#include "common/edgeq_native.h"

/* Elements of a group, of all columns of a tile. */
#define EDGEQ_GROUP_TAPS (EDGEQ_TILE_GROUP_BYTES / (int32_t)sizeof(edgeq_tap))

#endif
