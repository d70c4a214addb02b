/* Columns for cores with ARM's DSP extension: int16, each group as its taps (0, 2) of both columns, then (1, 3), the
 * order in which SXTB16 expands the filters. */
typedef int16_t edgeq_tap;

static inline int32_t edgeq_tap_index(int32_t which, int32_t tap) {
  return 2 * (tap & ~(int32_t)3) + 4 * (tap & 1) + 2 * which + ((tap >> 1) & 1);
}

/* `groups` groups of 4 taps from 4-byte aligned x; columns: the first group's place. */
static inline void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x, int32_t groups) {
  edgeq_tap *to = columns + 2 * which;
  for (int32_t g = 0; g < groups; ++g, x += 4, to += 8) {
    uint32_t word, even, odd;
    EDGEQ_COPY_WORD(&word, x);
    __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(word));
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
    EDGEQ_COPY_WORD(to, &even);
    EDGEQ_COPY_WORD(to + 4, &odd);
  }
}

/* `groups` groups of one value. */
static inline void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value, int32_t groups) {
  edgeq_tap *to = columns + 2 * which;
  const uint32_t word = (uint32_t)(value & 0xffff) * 0x00010001u;
  for (int32_t g = 0; g < groups; ++g, to += 8) {
    EDGEQ_COPY_WORD(to, &word);
    EDGEQ_COPY_WORD(to + 4, &word);
  }
}

/* One group: 2 filters, 2 columns, 4 taps, 16 multiplications in 15 instructions. */
#define EDGEQ_GROUP_2X2                      \
  "ldrd %[w0], %[w1], [%[w]], #8\n\t"        \
  "ldrd %[x0], %[x1], [%[x]], #8\n\t"        \
  "sxtb16 %[e0], %[w0]\n\t"                  \
  "sxtb16 %[e1], %[w1]\n\t"                  \
  "smlad %[a], %[e0], %[x0], %[a]\n\t"       \
  "smlad %[b], %[e1], %[x0], %[b]\n\t"       \
  "smlad %[c], %[e0], %[x1], %[c]\n\t"       \
  "smlad %[d], %[e1], %[x1], %[d]\n\t"       \
  "ldrd %[x0], %[x1], [%[x]], #8\n\t"        \
  "sxtb16 %[e0], %[w0], ror #8\n\t"          \
  "sxtb16 %[e1], %[w1], ror #8\n\t"          \
  "smlad %[a], %[e0], %[x0], %[a]\n\t"       \
  "smlad %[b], %[e1], %[x0], %[b]\n\t"       \
  "smlad %[c], %[e0], %[x1], %[c]\n\t"       \
  "smlad %[d], %[e1], %[x1], %[d]\n\t"

/* The twin of edgeq_dot_2x2 in columns_portable.h. Compilers spill here; written out, nothing leaves the registers. */
static inline void edgeq_dot_2x2(const EDGEQ_FLASH int8_t *w, const edgeq_tap *x, int32_t groups, int32_t sums[4]) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  uint32_t w0, w1, e0, e1, x0, x1;
  for (int32_t rest = groups & 3; rest != 0; --rest) {
    __asm__(EDGEQ_GROUP_2X2
            : [w] "+r"(w), [x] "+r"(x), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [w0] "=&r"(w0),
              [w1] "=&r"(w1), [e0] "=&r"(e0), [e1] "=&r"(e1), [x0] "=&r"(x0), [x1] "=&r"(x1)
            :
            : "memory");
  }
  for (int32_t fours = groups >> 2; fours != 0; --fours) {
    __asm__(EDGEQ_GROUP_2X2 EDGEQ_GROUP_2X2 EDGEQ_GROUP_2X2 EDGEQ_GROUP_2X2
            : [w] "+r"(w), [x] "+r"(x), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [w0] "=&r"(w0),
              [w1] "=&r"(w1), [e0] "=&r"(e0), [e1] "=&r"(e1), [x0] "=&r"(x0), [x1] "=&r"(x1)
            :
            : "memory");
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}
