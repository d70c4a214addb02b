#include "common/edgeq_native.h"

/* Factors of channels of even and of odd index, with so many fraction bits. */
typedef struct {
  int32_t channels;
  uint32_t smoothing[2], one_minus_smoothing[2], min_signal_remaining;
  int32_t smoothing_bits, bits; /* fraction bits of noise, and of factors: 0 to 31 */
  int32_t clamping;             /* 1 where noise falls with the signal, else 0 */
} edgeq_signal_filter_bank_spectral_subtraction_params;

/* SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION of uint32: channels less their noise, which a low-pass
 * filter follows; words wrap.
 * x: [channels], any value
 * y: [channels], noise: likewise; share no byte with x
 * state: [channels], the noise until the next call
 */
EDGEQ_KERNEL void edgeq_signal_filter_bank_spectral_subtraction(
    const EDGEQ_FLASH edgeq_signal_filter_bank_spectral_subtraction_params *p, const uint32_t *x,
    uint32_t *y, uint32_t *noise, uint32_t *state) {
  for (int32_t i = 0; i < p->channels; ++i) {
    const uint32_t scaled = x[i] << p->smoothing_bits;
    uint32_t estimate = (uint32_t)(((uint64_t)scaled * p->smoothing[i & 1] +
                                    (uint64_t)state[i] * p->one_minus_smoothing[i & 1]) >>
                                   p->bits);
    const uint32_t least = estimate < scaled ? estimate : scaled;
    const uint32_t remaining = (uint32_t)(((uint64_t)x[i] * p->min_signal_remaining) >> p->bits);
    const uint32_t less = (scaled - least) >> p->smoothing_bits;
    estimate = p->clamping ? least : estimate;
    y[i] = less > remaining ? less : remaining;
    state[i] = estimate;
    noise[i] = estimate;
  }
}
