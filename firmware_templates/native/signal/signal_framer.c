#include <stdbool.h>

#include "signal/history.h"

typedef struct {
  int32_t rows, frames, size, step; /* rows of so many frames; samples of each, and between them */
  int32_t needed, kept;             /* steps of the first frame; samples of a row in the state */
} edgeq_signal_framer_params;

/* SIGNAL_FRAMER of int16: frames that overlap.
 * x: [rows, frames, step], any value
 * y: [rows, frames, size], 0 where samples are still missing; shares no byte with x
 * complete: whether none are missing
 * state: how many steps were taken, at most `needed`; then [rows, kept], the latest samples
 */
EDGEQ_KERNEL void edgeq_signal_framer(const EDGEQ_FLASH edgeq_signal_framer_params *p,
                                      const int16_t *x, int16_t *y, bool *complete,
                                      int16_t *state) {
  int16_t *const taken = state++, before = *taken;
  for (int32_t row = 0; row < p->rows; ++row, state += p->kept) {
    *taken = before;
    *complete = true;
    for (int32_t frame = 0; frame < p->frames; ++frame, x += p->step, y += p->size) {
      if (*taken + 1 < p->needed) {
        memset(y, 0, (size_t)p->size * sizeof *y);
        *taken = (int16_t)(*taken + 1);
        *complete = false;
      } else {
        edgeq_window(state, p->kept, x, p->size, y);
        *taken = (int16_t)p->needed;
      }
      edgeq_push(state, p->kept, x, p->step);
    }
  }
}
