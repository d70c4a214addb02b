/* Columns for cores with Helium: int8, each 16 taps of the four columns one behind the other, the
 * last ones as well. */
#ifndef EDGEQ_HELIUM_GEMM_TILE_H
#define EDGEQ_HELIUM_GEMM_TILE_H

#include "arch/helium/copy_bytes.h"
#include "arch/helium/requantize.h"
#include "convolution/tap_groups.h"

typedef int8_t edgeq_tap;

static inline void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x,
                                     int32_t groups) {
  edgeq_tap *to = columns + 16 * which;
  EDGEQ_COPY_VECTORS(to, x, 4 * groups, "64");
}

static inline void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value,
                                           int32_t groups) {
  edgeq_tap *to = columns + 16 * which;
  EDGEQ_SET_VECTORS(to, value, 4 * groups, "64");
}

/* A filter's sums over the four columns; more: 4 * groups - 16 taps, or none. Each 16 taps take 10
 * instructions, the first 11. Compilers do not let a loop predicate its last iteration. */
static inline int32x4_t edgeq_dot_vector(const EDGEQ_FLASH int8_t *w, const edgeq_tap *x,
                                         int32_t taps, int32_t more) {
  int32_t a, b, c, d;
  int32x4_t sums;
  __asm__(
      "vctp.8 %[taps]\n\t"
      "vpst\n\t"
      "vldrbt.u8 q0, [%[w]], #16\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladav.s8 %[a], q0, q1\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladav.s8 %[b], q0, q1\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladav.s8 %[c], q0, q1\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladav.s8 %[d], q0, q1\n\t"
      "wlstp.8 lr, %[more], 2f\n\t"
      "1: vldrb.u8 q0, [%[w]], #16\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladava.s8 %[a], q0, q1\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladava.s8 %[b], q0, q1\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladava.s8 %[c], q0, q1\n\t"
      "vldrb.u8 q1, [%[x]], #16\n\t"
      "vmladava.s8 %[d], q0, q1\n\t"
      "letp lr, 1b\n\t"
      "2: vmov %q[sums][2], %q[sums][0], %[a], %[c]\n\t"
      "vmov %q[sums][3], %q[sums][1], %[b], %[d]"
      : [w] "+r"(w), [x] "+r"(x), [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d),
        [sums] "=&w"(sums)
      : [taps] "r"(taps), [more] "r"(more)
      : "lr", "q0", "q1", "memory");
  return sums;
}

static inline void edgeq_gemm_tile(const EDGEQ_FLASH int8_t *w, int32_t next, const edgeq_tap *x,
                                   int32_t groups, int32_t sums[4]) {
  const int32_t taps = 4 * groups;
  (void)next;
  vstrwq_s32(sums, edgeq_dot_vector(w, x, taps, taps > 16 ? taps - 16 : 0));
}

#endif
