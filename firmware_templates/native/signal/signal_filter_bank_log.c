#include "signal/bits.h"

typedef struct {
  int32_t channels, correction_bits; /* 0 to 31 */
  uint32_t scale;
  const EDGEQ_FLASH uint16_t *table; /* [129]: log2(1 + i / 128) - i / 128, 16 bits of fraction */
} edgeq_signal_filter_bank_log_params;

/* scale * log(x) of x from 1 on. */
static inline uint32_t edgeq_scaled_log(const EDGEQ_FLASH edgeq_signal_filter_bank_log_params *p,
                                        uint32_t x) {
  const int32_t whole = edgeq_bits(x) - 1;
  const uint32_t rest = x - ((uint32_t)1 << whole);
  const uint32_t fraction = whole < 16 ? rest << (16 - whole) : rest >> (whole - 16);
  const EDGEQ_FLASH uint16_t *const table = p->table + (fraction >> 9);
  const int32_t rise = (int32_t)table[1] - (int32_t)table[0];
  const int32_t bend = (int32_t)table[0] + ((rise * (int32_t)(fraction & 511)) >> 16);
  const uint32_t log2 = ((uint32_t)whole << 16) + fraction + (uint32_t)bend;
  const uint32_t log = (uint32_t)(((uint64_t)log2 * 45426 + 0x8000) >> 16);
  return (p->scale * log + 0x8000) >> 16;
}

/* SIGNAL_FILTER_BANK_LOG of uint32: natural logarithms of x shifted left, scaled; 0 of 0 and 1.
 * x: [channels], any value
 * y: [channels], 0 to 32767; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_signal_filter_bank_log(
    const EDGEQ_FLASH edgeq_signal_filter_bank_log_params *p, const uint32_t *x, int16_t *y) {
  for (int32_t i = 0; i < p->channels; ++i) {
    uint32_t value;
    memcpy(&value, x + i, sizeof value); /* before y, which may lie in its place */
    value <<= p->correction_bits;
    const uint32_t log = value > 1 ? edgeq_scaled_log(p, value) : 0;
    y[i] = (int16_t)(log < INT16_MAX ? log : INT16_MAX);
  }
}
