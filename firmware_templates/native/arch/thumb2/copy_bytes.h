/* Copies of few bytes by words, wherever they lie, on cores that load and store those anywhere. In
 * C: portable/copy_bytes.h. */
#ifndef EDGEQ_THUMB2_COPY_BYTES_H
#define EDGEQ_THUMB2_COPY_BYTES_H

#include "arch/portable/set_bytes.h"

EDGEQ_NOINLINE static int8_t *edgeq_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
  int32_t value;
  for (int32_t words = count >> 2; words > 0; --words) {
    __asm__ volatile(
        "ldr %[value], [%[from]], #4\n\t"
        "str %[value], [%[to]], #4"
        : [to] "+r"(to), [from] "+r"(from), [value] "=&r"(value)
        :
        : "memory");
  }
  if (count & 2) {
    __asm__ volatile(
        "ldrh %[value], [%[from]], #2\n\t"
        "strh %[value], [%[to]], #2"
        : [to] "+r"(to), [from] "+r"(from), [value] "=&r"(value)
        :
        : "memory");
  }
  if (count & 1) {
    *to++ = *from;
  }
  return to;
}

#endif
