#include "common/edgeq_native.h"

/* Rendered for
 *   NAME              T        V        BITS  INVERSE  VALUES                SCALED
 *   signal_irfft_s16  int16_t  int32_t  15    1        "signal/fractions.h"  0
 *   signal_irfft_s32  int32_t  int64_t  31    1        "signal/fractions.h"  0
 *   signal_irfft_f32  float    float    0     1        "signal/reals.h"      1
 */
typedef int16_t T;
typedef int32_t V;
#define BITS 15
#define INVERSE 1
#define VALUES "signal/fractions.h"
#define SCALED 0

#include "signal/fourier.h"

/* What the transform of pairs of real numbers gave, from their spectrum x: [size + 1, 2], to the
 * places in y: [size, 2]. */
static void edgeq_NAME_pairs(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y) {
  const int32_t n = p->size;
  const T ends[2] = {edgeq_NAME_sum(x[0], x[2 * n]), edgeq_NAME_difference(x[0], x[2 * n])};
  y[0] = edgeq_NAME_divided(ends[0], 2);
  y[1] = edgeq_NAME_divided(ends[1], 2);
  for (int32_t k = 1; k <= n / 2; ++k) {
    const T *const last = x + 2 * (n - k);
    const edgeq_NAME_complex near = edgeq_NAME_part(x, k, 2);
    const edgeq_NAME_complex far = {edgeq_NAME_divided(last[0], 2),
                                    edgeq_NAME_divided(edgeq_NAME_difference(0, last[1]), 2)};
    const edgeq_NAME_complex even = edgeq_NAME_plus(near, far);
    const edgeq_NAME_complex odd =
        edgeq_NAME_product(edgeq_NAME_minus(near, far), p->twiddles + 2 * (k - 1));
    T *const low = y + 2 * edgeq_NAME_place(p, k), *const high = y + 2 * edgeq_NAME_place(p, n - k);
    low[0] = edgeq_NAME_sum(even.re, odd.re);
    low[1] = edgeq_NAME_sum(even.im, odd.im);
    high[0] = edgeq_NAME_difference(even.re, odd.re);
    high[1] = edgeq_NAME_difference(odd.im, even.im);
  }
}

/* SIGNAL_IRFFT: 2 * size real numbers of spectra.
 * x: [rows, size + 1, 2], real and imaginary parts, any value
 * y: [rows, 2 * size]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->samples, y += 2 * p->size) {
    edgeq_NAME_pairs(p, x, y);
    edgeq_NAME_transform(p, y);
    for (int32_t i = 0; SCALED && i < 2 * p->size; ++i) {
      y[i] = (T)(y[i] / (T)(2 * p->size));
    }
  }
}
