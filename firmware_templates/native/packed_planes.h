#ifndef EDGEQ_PACKED_PLANES_H
#define EDGEQ_PACKED_PLANES_H

#include "packed_rows.h"
#include "planes.h"

/* Planes by packed weights. */
typedef struct {
  edgeq_planes layer; /* weights: NULL */
  edgeq_packed_rows rows;
} edgeq_packed_planes;

#endif
