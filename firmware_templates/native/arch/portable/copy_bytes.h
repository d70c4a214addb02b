/* Copies of so few bytes that a call of memcpy would cost more, in C. */
#ifndef EDGEQ_PORTABLE_COPY_BYTES_H
#define EDGEQ_PORTABLE_COPY_BYTES_H

#include "arch/portable/set_bytes.h"

/* Short runs of bytes; each gives the place behind what it wrote. */
EDGEQ_NOINLINE static int8_t *edgeq_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
  int8_t *const end = to + count;
  if (count & 1) {
    *to++ = *from++;
  }
  while (to != end) {
    int8_t first = from[0], second = from[1];
    EDGEQ_OPAQUE(first); /* compilers would make one access of two, aligned or not */
    to[0] = first;
    to[1] = second;
    to += 2;
    from += 2;
    EDGEQ_AS_WRITTEN;
  }
  return to;
}

#endif
