/* The latest samples of a signal. */
#ifndef EDGEQ_SIGNAL_HISTORY_H
#define EDGEQ_SIGNAL_HISTORY_H

#include "common/edgeq_native.h"

/* The first `size` of the `kept` samples of a history and new ones. */
static inline void edgeq_window(const int16_t *history, int32_t kept, const int16_t *x,
                                int32_t size, int16_t *y) {
  for (int32_t i = 0; i < size; ++i) {
    y[i] = i < kept ? history[i] : x[i - kept];
  }
}

/* New samples go behind a history, which keeps the latest. */
static inline void edgeq_push(int16_t *history, int32_t kept, const int16_t *x, int32_t samples) {
  for (int32_t i = 0; i < kept; ++i) {
    history[i] = i + samples < kept ? history[i + samples] : x[i + samples - kept];
  }
}

#endif
