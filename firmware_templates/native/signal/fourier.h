/* Rendered for the rows of the files that include it. */
#include VALUES

/* Transforms of `size` complex numbers, by so many factors of 2, 3, 4 and 5: of the whole, of its
 * parts, of their parts. */
typedef struct {
  int32_t rows, samples; /* of the input */
  int32_t size, levels;
  const EDGEQ_FLASH uint8_t *factors; /* [levels] */
  const EDGEQ_FLASH T *roots;         /* [size, 2]: exp(-+2 pi i k / size) */
  const EDGEQ_FLASH T *twiddles;      /* [size / 2, 2]: exp(-+pi i ((k + 1) / size + 1 / 2)) */
} edgeq_NAME_params;

typedef struct {
  T re, im;
} edgeq_NAME_complex;

static inline edgeq_NAME_complex edgeq_NAME_product(edgeq_NAME_complex x,
                                                    const EDGEQ_FLASH T *by) {
  const T re = by[0], im = by[1];
  const edgeq_NAME_complex y = {edgeq_NAME_less(x.re, re, x.im, im),
                                edgeq_NAME_more(x.re, im, x.im, re)};
  return y;
}

static inline edgeq_NAME_complex edgeq_NAME_scaled(edgeq_NAME_complex x, T by) {
  const edgeq_NAME_complex y = {edgeq_NAME_times(x.re, by), edgeq_NAME_times(x.im, by)};
  return y;
}

static inline edgeq_NAME_complex edgeq_NAME_part(const T *x, int32_t i, int32_t by) {
  const edgeq_NAME_complex y = {edgeq_NAME_divided(x[2 * i], by),
                                edgeq_NAME_divided(x[2 * i + 1], by)};
  return y;
}

static inline edgeq_NAME_complex edgeq_NAME_plus(edgeq_NAME_complex a, edgeq_NAME_complex b) {
  const edgeq_NAME_complex y = {edgeq_NAME_sum(a.re, b.re), edgeq_NAME_sum(a.im, b.im)};
  return y;
}

static inline edgeq_NAME_complex edgeq_NAME_minus(edgeq_NAME_complex a, edgeq_NAME_complex b) {
  const edgeq_NAME_complex y = {edgeq_NAME_difference(a.re, b.re),
                                edgeq_NAME_difference(a.im, b.im)};
  return y;
}

/* a + b / i, a - b / i. */
static inline edgeq_NAME_complex edgeq_NAME_right(edgeq_NAME_complex a, edgeq_NAME_complex b) {
  const edgeq_NAME_complex y = {edgeq_NAME_sum(a.re, b.im), edgeq_NAME_difference(a.im, b.re)};
  return y;
}

static inline edgeq_NAME_complex edgeq_NAME_left(edgeq_NAME_complex a, edgeq_NAME_complex b) {
  const edgeq_NAME_complex y = {edgeq_NAME_difference(a.re, b.im), edgeq_NAME_sum(a.im, b.re)};
  return y;
}

static inline void edgeq_NAME_two(edgeq_NAME_complex *x) {
  const edgeq_NAME_complex first = x[0];
  x[0] = edgeq_NAME_plus(first, x[1]);
  x[1] = edgeq_NAME_minus(first, x[1]);
}

/* third: exp(-+2 pi i / 3). */
static inline void edgeq_NAME_three(edgeq_NAME_complex *x, const EDGEQ_FLASH T *third) {
  const edgeq_NAME_complex both = edgeq_NAME_plus(x[1], x[2]), zero = {0, 0};
  const edgeq_NAME_complex side = edgeq_NAME_scaled(edgeq_NAME_minus(x[1], x[2]), third[1]);
  const edgeq_NAME_complex half = {edgeq_NAME_half_sum(both.re, zero.re),
                                   edgeq_NAME_half_sum(both.im, zero.im)};
  const edgeq_NAME_complex middle = edgeq_NAME_minus(x[0], half);
  x[0] = edgeq_NAME_plus(x[0], both);
  x[1] = edgeq_NAME_left(middle, side);
  x[2] = edgeq_NAME_right(middle, side);
}

static inline void edgeq_NAME_four(edgeq_NAME_complex *x) {
  const edgeq_NAME_complex even = edgeq_NAME_plus(x[0], x[2]), odd = edgeq_NAME_minus(x[0], x[2]);
  const edgeq_NAME_complex both = edgeq_NAME_plus(x[1], x[3]);
  const edgeq_NAME_complex apart = edgeq_NAME_minus(x[1], x[3]);
  x[0] = edgeq_NAME_plus(even, both);
  x[1] = INVERSE ? edgeq_NAME_left(odd, apart) : edgeq_NAME_right(odd, apart);
  x[2] = edgeq_NAME_minus(even, both);
  x[3] = INVERSE ? edgeq_NAME_right(odd, apart) : edgeq_NAME_left(odd, apart);
}

/* a, b: exp(-+2 pi i / 5) and its square. */
static inline void edgeq_NAME_five(edgeq_NAME_complex *x, const EDGEQ_FLASH T *a,
                                   const EDGEQ_FLASH T *b) {
  const edgeq_NAME_complex near = edgeq_NAME_plus(x[1], x[4]), far = edgeq_NAME_plus(x[2], x[3]);
  const edgeq_NAME_complex apart = edgeq_NAME_minus(x[1], x[4]);
  const edgeq_NAME_complex wide = edgeq_NAME_minus(x[2], x[3]);
  edgeq_NAME_complex first = edgeq_NAME_plus(x[0], edgeq_NAME_scaled(near, a[0]));
  edgeq_NAME_complex second = edgeq_NAME_plus(x[0], edgeq_NAME_scaled(near, b[0]));
  first = edgeq_NAME_plus(first, edgeq_NAME_scaled(far, b[0]));
  second = edgeq_NAME_plus(second, edgeq_NAME_scaled(far, a[0]));
  const edgeq_NAME_complex side =
      edgeq_NAME_plus(edgeq_NAME_scaled(apart, a[1]), edgeq_NAME_scaled(wide, b[1]));
  const edgeq_NAME_complex other =
      edgeq_NAME_minus(edgeq_NAME_scaled(wide, a[1]), edgeq_NAME_scaled(apart, b[1]));
  x[0] = edgeq_NAME_plus(x[0], edgeq_NAME_plus(near, far));
  x[1] = edgeq_NAME_left(first, side);
  x[2] = edgeq_NAME_right(second, other);
  x[3] = edgeq_NAME_left(second, other);
  x[4] = edgeq_NAME_right(first, side);
}

/* Makes of `factor` transforms of m numbers, one behind the other, the transform of all of them.
 * step: how many such transforms there are. */
static inline void edgeq_NAME_combine(const EDGEQ_FLASH edgeq_NAME_params *p, T *x,
                                      int32_t factor, int32_t m, int32_t step) {
  for (int32_t k = 0; k < m; ++k) {
    edgeq_NAME_complex parts[5];
    for (int32_t q = 0; q < factor; ++q) {
      parts[q] = edgeq_NAME_part(x, q * m + k, factor);
      if (q > 0) {
        parts[q] = edgeq_NAME_product(parts[q], p->roots + 2 * q * k * step);
      }
    }
    if (factor == 2) {
      edgeq_NAME_two(parts);
    } else if (factor == 3) {
      edgeq_NAME_three(parts, p->roots + 2 * m * step);
    } else if (factor == 4) {
      edgeq_NAME_four(parts);
    } else {
      edgeq_NAME_five(parts, p->roots + 2 * m * step, p->roots + 4 * m * step);
    }
    for (int32_t q = 0; q < factor; ++q) {
      x[2 * (q * m + k)] = parts[q].re;
      x[2 * (q * m + k) + 1] = parts[q].im;
    }
  }
}

/* Where number i of an input stands before the transform. */
static inline int32_t edgeq_NAME_place(const EDGEQ_FLASH edgeq_NAME_params *p, int32_t i) {
  int32_t place = 0, size = p->size;
  for (int32_t level = 0; level < p->levels; ++level) {
    const int32_t factor = p->factors[level];
    size /= factor;
    place += i % factor * size;
    i /= factor;
  }
  return place;
}

/* The transform of numbers that stand at their places; x: [size, 2]. */
static void edgeq_NAME_transform(const EDGEQ_FLASH edgeq_NAME_params *p, T *x) {
  int32_t m = 1;
  for (int32_t level = p->levels - 1; level >= 0; --level) {
    const int32_t factor = p->factors[level], step = p->size / (m * factor);
    for (int32_t i = 0; i < step; ++i) {
      edgeq_NAME_combine(p, x + 2 * i * m * factor, factor, m, step);
    }
    m *= factor;
  }
}
