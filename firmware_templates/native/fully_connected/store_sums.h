/* Where an instruction set's loop over neurons ends: the sums of a block, from registers. */
#ifndef EDGEQ_STORE_SUMS_H
#define EDGEQ_STORE_SUMS_H

#include "common/edgeq_native.h"

static inline void edgeq_store_sums(int32_t a, int32_t b, int32_t c, int32_t d, int32_t *to) {
  to[0] = a;
  to[1] = b;
  to[2] = c;
  to[3] = d;
}

#endif
