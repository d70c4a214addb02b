/* Runs samples through two instances of `ring` that share one arena: the second gets every second
 * sample, and both begin anew in the middle. Outputs go to standard output. */
#include <stdio.h>

#include "ring.h"

#define SAMPLES 12

int main(void) {
  static ring_arena_t arena;
  static ring_t models[2];
  for (int m = 0; m < 2; ++m) {
    if (ring_init(&models[m], &arena, sizeof arena) != EDGEQ_OK) {
      return 1;
    }
  }
  for (int i = 0; i < SAMPLES; ++i) {
    ring_t *model = &models[i % 2];
    if (i == SAMPLES / 2) {
      ring_reset(&models[0]);
      ring_reset(&models[1]);
    }
    if (fread(ring_input0(model), 1, RING_INPUT0_BYTES, stdin) != RING_INPUT0_BYTES) {
      return 2;
    }
    (void)ring_invoke(model);
    (void)fwrite(ring_output0(model), 1, RING_OUTPUT0_BYTES, stdout);
  }
  return 0;
}
