#include <stdbool.h>

#include "signal/history.h"

typedef struct {
  int32_t channels, frames; /* features of a frame, frames of an output */
  int32_t right, step;      /* frames after the first one; from one output to the next */
} edgeq_signal_stacker_params;

/* SIGNAL_STACKER of int16: frames side by side, from time to time.
 * x: [channels], any value
 * y: [frames, channels], 0 where it is not yet time; shares no byte with x
 * complete: whether it is time
 * state: 1 more than the frames to come until then, 0 before the first one; then [frames - 1,
 *    channels], the latest frames
 */
EDGEQ_KERNEL void edgeq_signal_stacker(const EDGEQ_FLASH edgeq_signal_stacker_params *p,
                                       const int16_t *x, int16_t *y, bool *complete,
                                       int16_t *state) {
  const int32_t before = (p->frames - 1) * p->channels, size = before + p->channels;
  int16_t *const wait = state++;
  if (*wait == 0) { /* the first frame stands for those before it */
    *wait = (int16_t)(p->right + 1);
    for (int32_t i = 0; i < before; i += p->channels) {
      memcpy(state + i, x, (size_t)p->channels * sizeof *x);
    }
  }
  *complete = *wait == 1;
  if (*complete) {
    edgeq_window(state, before, x, size, y);
    *wait = (int16_t)p->step;
  } else {
    memset(y, 0, (size_t)size * sizeof *y);
    *wait = (int16_t)(*wait - 1);
  }
  edgeq_push(state, before, x, p->channels);
}
