#include "common/edgeq_native.h"

/* Rendered for
 *   NAME             T        V        BITS  INVERSE  VALUES
 *   signal_rfft_s16  int16_t  int32_t  15    0        "signal/fractions.h"
 *   signal_rfft_s32  int32_t  int64_t  31    0        "signal/fractions.h"
 *   signal_rfft_f32  float    float    0     0        "signal/reals.h"
 */
typedef int16_t T;
typedef int32_t V;
#define BITS 15
#define INVERSE 0
#define VALUES "signal/fractions.h"

#include "signal/fourier.h"

/* The spectrum of real numbers from the transform of pairs of them; y: [size + 1, 2]. */
static void edgeq_NAME_spectrum(const EDGEQ_FLASH edgeq_NAME_params *p, T *y) {
  const int32_t n = p->size;
  const edgeq_NAME_complex first = edgeq_NAME_part(y, 0, 2);
  y[0] = edgeq_NAME_sum(first.re, first.im);
  y[2 * n] = edgeq_NAME_difference(first.re, first.im);
  y[1] = y[2 * n + 1] = 0;
  for (int32_t k = 1; k <= n / 2; ++k) {
    T *const low = y + 2 * k, *const high = y + 2 * (n - k);
    const edgeq_NAME_complex near = edgeq_NAME_part(low, 0, 2);
    const edgeq_NAME_complex far = {edgeq_NAME_divided(high[0], 2),
                                    edgeq_NAME_divided(edgeq_NAME_difference(0, high[1]), 2)};
    const edgeq_NAME_complex even = edgeq_NAME_plus(near, far);
    const edgeq_NAME_complex odd =
        edgeq_NAME_product(edgeq_NAME_minus(near, far), p->twiddles + 2 * (k - 1));
    low[0] = edgeq_NAME_half_sum(even.re, odd.re);
    low[1] = edgeq_NAME_half_sum(even.im, odd.im);
    high[0] = edgeq_NAME_half_difference(even.re, odd.re);
    high[1] = edgeq_NAME_half_difference(odd.im, even.im);
  }
}

/* SIGNAL_RFFT: spectra of 2 * size real numbers, zeros behind those of the input; integers are
 * divided by 2 * size.
 * x: [rows, samples], any value
 * y: [rows, size + 1, 2], real and imaginary parts; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->samples, y += 2 * (p->size + 1)) {
    for (int32_t i = 0; i < p->size; ++i) {
      T *const pair = y + 2 * edgeq_NAME_place(p, i);
      pair[0] = 2 * i < p->samples ? x[2 * i] : 0;
      pair[1] = 2 * i + 1 < p->samples ? x[2 * i + 1] : 0;
    }
    edgeq_NAME_transform(p, y);
    edgeq_NAME_spectrum(p, y);
  }
}
