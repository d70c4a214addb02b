/* Short runs of one byte. */
#ifndef EDGEQ_PORTABLE_SET_BYTES_H
#define EDGEQ_PORTABLE_SET_BYTES_H

#include "common/edgeq_native.h"

/* Gives the place behind what it wrote. */
EDGEQ_NOINLINE static int8_t *edgeq_set_bytes(int8_t *to, int8_t value, int32_t count) {
  for (; count > 0; --count) {
    *to++ = value;
    EDGEQ_AS_WRITTEN;
  }
  return to;
}

#endif
