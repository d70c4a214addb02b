/* Copies by vectors whose last one is predicated. */
#ifndef EDGEQ_HELIUM_COPY_BYTES_H
#define EDGEQ_HELIUM_COPY_BYTES_H

#include "common/edgeq_native.h"

/* Bytes from x, 16 at a time, each `step` bytes behind those before. */
#define EDGEQ_COPY_VECTORS(to, from, count, step) \
  __asm__ volatile(                               \
      "wlstp.8 lr, %[n], 2f\n\t"                  \
      "1: vldrb.u8 q0, [%[x]], #16\n\t"           \
      "vstrb.8 q0, [%[y]], #" step                \
      "\n\t"                                      \
      "letp lr, 1b\n\t"                           \
      "2:"                                        \
      : [y] "+r"(to), [x] "+r"(from)              \
      : [n] "r"(count)                            \
      : "lr", "q0", "memory")
#define EDGEQ_SET_VECTORS(to, value, count, step) \
  __asm__ volatile(                               \
      "vdup.8 q0, %[x]\n\t"                       \
      "wlstp.8 lr, %[n], 2f\n\t"                  \
      "1: vstrb.8 q0, [%[y]], #" step             \
      "\n\t"                                      \
      "letp lr, 1b\n\t"                           \
      "2:"                                        \
      : [y] "+r"(to)                              \
      : [x] "r"(value), [n] "r"(count)            \
      : "lr", "q0", "memory")

/* Short runs of bytes; each gives the place behind what it wrote. */
static inline int8_t *edgeq_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
  int8_t *const end = to + count;
  EDGEQ_COPY_VECTORS(to, from, count, "16");
  return end;
}

static inline int8_t *edgeq_set_bytes(int8_t *to, int8_t value, int32_t count) {
  int8_t *const end = to + count;
  EDGEQ_SET_VECTORS(to, value, count, "16");
  return end;
}

#endif
