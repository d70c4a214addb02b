/* Two instances of the model `one` and one of the model `two`. Whenever a layer of the first ends, the others run from
 * start to end, as an interrupt would have it. Inputs from standard input: of each in turn; outputs to standard output:
 * the second's and the other's at every layer of the first, at last the first's.
 */
#include "interleaved.h"
#include "one.h"
#include "two.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static one_arena_t first_arena, second_arena;
static two_arena_t other_arena;
static one_t first, second;
static two_t other;
static int8_t second_input[ONE_INPUT0_ELEMENTS], other_input[TWO_INPUT0_ELEMENTS];
static bool nested;

static void write_output(const int8_t *output, size_t bytes) {
  if (fwrite(output, 1, bytes, stdout) != bytes) {
    exit(3);
  }
}

void layer_ended(void) {
  if (nested) {
    return;
  }
  nested = true;
  memcpy(one_input0(&second), second_input, sizeof second_input);
  memcpy(two_input0(&other), other_input, sizeof other_input);
  if (one_invoke(&second) != EDGEQ_OK || two_invoke(&other) != EDGEQ_OK) {
    exit(4);
  }
  write_output(one_output0(&second), ONE_OUTPUT0_ELEMENTS);
  write_output(two_output0(&other), TWO_OUTPUT0_ELEMENTS);
  nested = false;
}

int main(void) {
  if (one_init(&first, &first_arena, sizeof first_arena) != EDGEQ_OK ||
      one_init(&second, &second_arena, sizeof second_arena) != EDGEQ_OK ||
      two_init(&other, &other_arena, sizeof other_arena) != EDGEQ_OK) {
    return 2;
  }
  if (fread(one_input0(&first), 1, ONE_INPUT0_ELEMENTS, stdin) != ONE_INPUT0_ELEMENTS ||
      fread(second_input, 1, ONE_INPUT0_ELEMENTS, stdin) != ONE_INPUT0_ELEMENTS ||
      fread(other_input, 1, TWO_INPUT0_ELEMENTS, stdin) != TWO_INPUT0_ELEMENTS) {
    return 6;
  }
  if (one_invoke(&first) != EDGEQ_OK) {
    return 4;
  }
  write_output(one_output0(&first), ONE_OUTPUT0_ELEMENTS);
  return 0;
}
