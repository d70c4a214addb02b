/* Depthwise convolutions per channel by packed weights. */
#ifndef EDGEQ_PACKED_PER_CHANNEL_H
#define EDGEQ_PACKED_PER_CHANNEL_H

#include "weights/packed_rows.h"
#include "depthwise/per_channel.h"

/* Depthwise convolutions per channel by packed weights. */
typedef struct {
  edgeq_per_channel layer; /* weights: NULL */
  edgeq_packed_rows rows;
} edgeq_packed_per_channel;

#endif
