/* Two models on one arena, in turn: inputs of one are filled when the other's outputs are read. */
#include <stdio.h>

#include "first.h"
#include "second.h"

static union {
  first_arena_t first;
  second_arena_t second;
} arena;

int main(void) {
  first_t first;
  second_t second;
  if (first_init(&first, &arena.first, sizeof arena.first) != EDGEQ_OK ||
      second_init(&second, &arena.second, sizeof arena.second) != EDGEQ_OK) {
    return 2;
  }
  while (fread(first_input(&first, 0), 1, FIRST_INPUT0_BYTES, stdin) == FIRST_INPUT0_BYTES) {
    if (first_invoke(&first) != EDGEQ_OK) {
      return 3;
    }
    fwrite(first_output(&first, 0), 1, FIRST_OUTPUT0_BYTES, stdout);
    if (fread(second_input(&second, 0), 1, SECOND_INPUT0_BYTES, stdin) != SECOND_INPUT0_BYTES ||
        fread(second_input(&second, 1), 1, SECOND_INPUT1_BYTES, stdin) != SECOND_INPUT1_BYTES ||
        second_invoke(&second) != EDGEQ_OK) {
      return 3;
    }
    fwrite(second_output(&second, 0), 1, SECOND_OUTPUT0_BYTES, stdout);
  }
  return sizeof arena < sizeof(first_arena_t) + sizeof(second_arena_t) ? 0 : 4;
}
