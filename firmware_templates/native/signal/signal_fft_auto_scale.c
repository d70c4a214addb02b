#include "signal/bits.h"

typedef struct {
  int32_t elements;
} edgeq_signal_fft_auto_scale_params;

/* SIGNAL_FFT_AUTO_SCALE on int16: a shift to the left by which the largest element just fits.
 * x: [elements], any value; -32768 counts as smaller than all others
 * y: [elements]; may be x itself or start below it
 * bits: the shift, 0 to 14
 */
EDGEQ_KERNEL void edgeq_signal_fft_auto_scale(
    const EDGEQ_FLASH edgeq_signal_fft_auto_scale_params *p, const int16_t *x, int16_t *y,
    int32_t *bits) {
  int32_t largest = 0;
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t value = x[i], negated = -value;
    if (value > largest) {
      largest = value;
    } else if (negated > largest) {
      largest = negated > INT16_MAX ? INT16_MIN : negated;
    }
  }
  const int32_t room = 15 - edgeq_bits((uint32_t)largest);
  const int shift = largest > 0 && room > 0 ? (int)room : 0;
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = (int16_t)((uint32_t)x[i] << shift);
  }
  *bits = shift;
}
