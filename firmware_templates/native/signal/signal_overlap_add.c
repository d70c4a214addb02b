#include "common/edgeq_native.h"

/* Rendered for
 *   NAME                    T        VALUES
 *   signal_overlap_add_s16  int16_t  "signal/saturated.h"
 *   signal_overlap_add_f32  float    "signal/unbounded.h"
 */
typedef int16_t T;
#define VALUES "signal/saturated.h"

#include VALUES

typedef struct {
  int32_t rows, frames, size, step; /* rows of so many frames; samples of each, and between them */
} edgeq_NAME_params;

/* SIGNAL_OVERLAP_ADD: sums of frames that overlap.
 * x: [rows, frames, size], any value
 * y: [rows, frames, step]; shares no byte with x
 * state: [rows, size], the sums of what is to come
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y, T *state) {
  const int32_t rest = p->size - p->step;
  for (int32_t row = 0; row < p->rows; ++row, state += p->size) {
    for (int32_t frame = 0; frame < p->frames; ++frame, x += p->size, y += p->step) {
      for (int32_t i = 0; i < p->size; ++i) {
        state[i] = edgeq_NAME_added(state[i], x[i]);
      }
      memcpy(y, state, (size_t)p->step * sizeof *y);
      memmove(state, state + p->step, (size_t)rest * sizeof *y);
      for (int32_t i = rest; i < p->size; ++i) {
        state[i] = 0;
      }
    }
  }
}
