#include "signal/bits.h"

typedef struct {
  int32_t channels, snr_shift;      /* of products, 0 to 63 */
  const EDGEQ_FLASH int16_t *gains; /* [125]: of noise 0 and 1, then 3 of each power of two */
} edgeq_signal_pcan_params;

/* A piecewise quadratic function of the noise. */
static inline uint32_t edgeq_pcan_gain(const EDGEQ_FLASH int16_t *gains, uint32_t noise) {
  if (noise <= 2) {
    return (uint32_t)gains[noise];
  }
  const int32_t bits = edgeq_bits(noise);
  const EDGEQ_FLASH int16_t *const curve = gains + (4 * bits - 6);
  const int32_t fraction =
      (int32_t)((bits < 11 ? noise << (11 - bits) : noise >> (bits - 11)) & 0x3ff);
  const int32_t bend = ((int32_t)curve[2] * fraction) >> 5;
  const uint32_t slope = (uint32_t)bend + ((uint32_t)curve[1] << 5);
  const int32_t sum = (int32_t)(slope * (uint32_t)fraction + (1 << 14)) >> 15;
  return (uint32_t)(int16_t)(sum + curve[0]);
}

/* SIGNAL_PCAN of uint32: channels by the gain of their noise, x^2 / 4 of what is below 2 and x - 1
 * of the rest.
 * x: [channels], 0 bits of fraction
 * noise: [channels]
 * y: [channels], 6 bits of fraction; may be x or noise itself, or start below them
 */
EDGEQ_KERNEL void edgeq_signal_pcan(const EDGEQ_FLASH edgeq_signal_pcan_params *p,
                                    const uint32_t *x, const uint32_t *noise, uint32_t *y) {
  for (int32_t i = 0; i < p->channels; ++i) {
    const uint32_t gain = edgeq_pcan_gain(p->gains, noise[i]);
    const uint32_t ratio = (uint32_t)(((uint64_t)x[i] * gain) >> p->snr_shift);
    y[i] = ratio < (uint32_t)2 << 12 ? (ratio * ratio) >> 20 : (ratio >> 6) - 64;
  }
}
