/* Two models in one program: inputs of both are filled before either runs. Inputs from standard input, outputs back. */
#include <stdio.h>

#include "first.h"
#include "second.h"

static first_arena_t first_arena;
static second_arena_t second_arena;

int main(void) {
  first_t first;
  second_t second;
  if (first_init(&first, &first_arena, sizeof first_arena) != EDGEQ_OK ||
      second_init(&second, &second_arena, sizeof second_arena) != EDGEQ_OK) {
    return 2;
  }
  while (fread(first_input(&first, 0), 1, FIRST_INPUT0_BYTES, stdin) == FIRST_INPUT0_BYTES &&
         fread(second_input(&second, 0), 1, SECOND_INPUT0_BYTES, stdin) == SECOND_INPUT0_BYTES &&
         fread(second_input(&second, 1), 1, SECOND_INPUT1_BYTES, stdin) == SECOND_INPUT1_BYTES) {
    if (first_invoke(&first) != EDGEQ_OK || second_invoke(&second) != EDGEQ_OK) {
      return 3;
    }
    fwrite(first_output(&first, 0), 1, FIRST_OUTPUT0_BYTES, stdout);
    fwrite(second_output(&second, 0), 1, SECOND_OUTPUT0_BYTES, stdout);
  }
  return first_input(&first, 1) == NULL && second_output(&second, -1) == NULL ? 0 : 4;
}
