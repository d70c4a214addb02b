/* Columns for cores with Helium: int8, each 16 taps of the four columns one behind the other, the last ones as well. */
#include "requantize_mve.h"

typedef int8_t edgeq_tap;

#define EDGEQ_GROUP_TAPS 16 /* elements of edgeq_tap in a group */
#define EDGEQ_WHOLE_TAPS 16 /* how many taps go together */

/* Bytes from x, 16 at a time, each `step` bytes behind those before. */
#define EDGEQ_COPY_VECTORS(to, from, count, step)  \
  __asm__ volatile(                                \
      "wlstp.8 lr, %[n], 2f\n\t"                   \
      "1: vldrb.u8 q0, [%[x]], #16\n\t"            \
      "vstrb.8 q0, [%[y]], #" step "\n\t"          \
      "letp lr, 1b\n\t"                            \
      "2:"                                         \
      : [y] "+r"(to), [x] "+r"(from)               \
      : [n] "r"(count)                             \
      : "lr", "q0", "memory")
#define EDGEQ_SET_VECTORS(to, value, count, step)  \
  __asm__ volatile(                                \
      "vdup.8 q0, %[x]\n\t"                        \
      "wlstp.8 lr, %[n], 2f\n\t"                   \
      "1: vstrb.8 q0, [%[y]], #" step "\n\t"       \
      "letp lr, 1b\n\t"                            \
      "2:"                                         \
      : [y] "+r"(to)                               \
      : [x] "r"(value), [n] "r"(count)             \
      : "lr", "q0", "memory")

static inline void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x, int32_t groups) {
  edgeq_tap *to = columns + 16 * which;
  EDGEQ_COPY_VECTORS(to, x, 4 * groups, "64");
}

static inline void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value, int32_t groups) {
  edgeq_tap *to = columns + 16 * which;
  EDGEQ_SET_VECTORS(to, value, 4 * groups, "64");
}

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

/* A filter's sums over the four columns; more: 4 * groups - 16 taps, or none. Each 16 taps take 10 instructions, the
 * first 11. Compilers do not let a loop predicate its last turn. */
static inline int32x4_t edgeq_dot_vector(const EDGEQ_FLASH int8_t *w, const edgeq_tap *x, int32_t taps, int32_t more) {
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
      : [w] "+r"(w), [x] "+r"(x), [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [sums] "=&w"(sums)
      : [taps] "r"(taps), [more] "r"(more)
      : "lr", "q0", "q1", "memory");
  return sums;
}
