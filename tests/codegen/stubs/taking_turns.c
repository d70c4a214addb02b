/* Three models of one project in turn: inputs of one are filled when another's outputs are read. Inputs from standard
 * input, outputs back; the size of all arenas together is the last line of standard error. */
#include <stdio.h>

#include "voice.h"

static voice_arena_t arena;

#define TURN(name, NAME)                                                               \
  if (fread(name##_input0(&name), 1, NAME##_INPUT0_BYTES, stdin) != NAME##_INPUT0_BYTES) { \
    break;                                                                             \
  }                                                                                    \
  if (name##_invoke(&name) != EDGEQ_OK) {                                              \
    return 3;                                                                          \
  }                                                                                    \
  fwrite(name##_output0(&name), 1, NAME##_OUTPUT0_BYTES, stdout);

int main(void) {
  wake_t wake;
  static ring_t ring;
  big_one_t big_one;
  if (wake_init(&wake, &arena.wake_arena, sizeof arena.wake_arena) != EDGEQ_OK ||
      ring_init(&ring, &arena.ring_arena, sizeof arena.ring_arena) != EDGEQ_OK ||
      big_one_init(&big_one, &arena.big_one_arena, sizeof arena.big_one_arena) != EDGEQ_OK) {
    return 2;
  }
  for (;;) {
    TURN(wake, WAKE)
    TURN(ring, RING)
    TURN(big_one, BIG_ONE)
  }
  fprintf(stderr, "%lu\n", (unsigned long)sizeof arena);
  return 0;
}
