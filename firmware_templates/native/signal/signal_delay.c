#include "signal/history.h"

typedef struct {
  int32_t rows, samples, delay;
} edgeq_signal_delay_params;

/* SIGNAL_DELAY of int16: samples that came `delay` samples before.
 * x: [rows, samples], any value
 * y: [rows, samples]; shares no byte with x
 * state: [rows, delay], the samples to come; one that is not used where there is no delay
 */
EDGEQ_KERNEL void edgeq_signal_delay(const EDGEQ_FLASH edgeq_signal_delay_params *p,
                                     const int16_t *x, int16_t *y, int16_t *state) {
  for (int32_t row = 0; row < p->rows; ++row) {
    edgeq_window(state, p->delay, x, p->samples, y);
    edgeq_push(state, p->delay, x, p->samples);
    x += p->samples;
    y += p->samples;
    state += p->delay;
  }
}
