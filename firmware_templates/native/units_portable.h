/* Fully connected layers in C; products have the width of int, 16 bits on AVR. With 32 registers two sets share what is
 * loaded of x. */
#if defined(__AVR__) || defined(__arm__) || defined(__xtensa__)
#define EDGEQ_SETS 1
#else
#define EDGEQ_SETS 2
#endif

static inline void edgeq_dot_units(const EDGEQ_FLASH int8_t *w, int32_t next, const int8_t *x, int32_t groups,
                                   int32_t *sums) {
  int32_t a[4 * EDGEQ_SETS];
  memcpy(a, sums, sizeof a);
  for (; groups > 0; --groups, w += 16, x += 4) {
    for (int32_t t = 0; t < 4; ++t) {
      const int8_t value = x[t];
      a[0] += value * w[t];
      a[1] += value * w[4 + t];
      a[2] += value * w[8 + t];
      a[3] += value * w[12 + t];
#if EDGEQ_SETS == 2
      a[4] += value * w[next + t];
      a[5] += value * w[next + 4 + t];
      a[6] += value * w[next + 8 + t];
      a[7] += value * w[next + 12 + t];
#else
      (void)next;
#endif
    }
  }
  memcpy(sums, a, sizeof a);
}
