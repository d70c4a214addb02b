#include "common/edgeq_native.h"

/* Bands of channels + 1 channels: their first bins, where their weights begin, how many there
 * are. */
typedef struct {
  int32_t channels;
  const EDGEQ_FLASH int16_t *weights, *unweights;
  const EDGEQ_FLASH int16_t *bins, *offsets, *widths; /* [channels + 1] */
} edgeq_signal_filter_bank_params;

/* SIGNAL_FILTER_BANK of uint32: weighted sums of bands, modulo 2^64. What the unweights take of a
 * band goes to the next channel; channel 0 is no output.
 * x: bins of a spectrum, any value
 * y: [channels]; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_signal_filter_bank(const EDGEQ_FLASH edgeq_signal_filter_bank_params *p,
                                           const uint32_t *x, uint64_t *y) {
  uint64_t kept = 0;
  for (int32_t channel = 0; channel <= p->channels; ++channel) {
    const uint32_t *bin = x + p->bins[channel];
    const EDGEQ_FLASH int16_t *weight = p->weights + p->offsets[channel];
    const EDGEQ_FLASH int16_t *unweight = p->unweights + p->offsets[channel];
    uint64_t sum = kept;
    kept = 0;
    for (int32_t i = 0; i < p->widths[channel]; ++i) {
      sum += (uint64_t)weight[i] * bin[i];
      kept += (uint64_t)unweight[i] * bin[i];
    }
    if (channel > 0) {
      y[channel - 1] = sum;
    }
  }
}
