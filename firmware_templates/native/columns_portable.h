/* Columns for cores without SIMD: int8 [groups][2 columns][4 taps]. */
typedef int8_t edgeq_tap;

static inline int32_t edgeq_tap_index(int32_t which, int32_t tap) {
  return 2 * (tap & ~(int32_t)3) + 4 * which + (tap & 3);
}

/* `groups` groups of 4 taps from 4-byte aligned x; columns: the first group's place. */
static inline void edgeq_fill_groups(edgeq_tap *columns, int32_t which, const int8_t *x, int32_t groups) {
  edgeq_tap *to = columns + 4 * which;
  for (int32_t g = 0; g < groups; ++g, x += 4, to += 8) {
    EDGEQ_COPY_WORD(to, x);
  }
}

/* `groups` groups of one value. */
static inline void edgeq_fill_groups_value(edgeq_tap *columns, int32_t which, int32_t value, int32_t groups) {
  edgeq_tap *to = columns + 4 * which;
  const uint32_t word = (uint32_t)(value & 255) * 0x01010101u;
  for (int32_t g = 0; g < groups; ++g, to += 8) {
    EDGEQ_COPY_WORD(to, &word);
  }
}

/* sums[0..3]: filter 0 and 1 over column 0, filter 0 and 1 over column 1. */
static inline void edgeq_dot_2x2(const EDGEQ_FLASH int8_t *w, const edgeq_tap *x, int32_t groups, int32_t sums[4]) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (; groups != 0; --groups, w += 8, x += 8) {
    for (int32_t t = 0; t < 4; ++t) {
      const int32_t w0 = w[t], w1 = w[4 + t], x0 = x[t], x1 = x[4 + t];
      a += w0 * x0;
      b += w1 * x0;
      c += w0 * x1;
      d += w1 * x1;
    }
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}
