/* The float helpers of an identity model: real numbers in, their quantized bytes and what those mean out. */
#include <stdio.h>

#include "copy.h"

static copy_arena_t arena;

int main(void) {
  copy_t model;
  static float values[COPY_INPUT0_ELEMENTS];
  if (copy_init(&model, &arena, sizeof arena) != EDGEQ_OK || fread(values, 1, sizeof values, stdin) != sizeof values) {
    return 2;
  }
  copy_set_input0_f32(&model, values);
  if (copy_invoke(&model) != EDGEQ_OK) {
    return 3;
  }
  for (size_t i = 0; i < COPY_OUTPUT0_ELEMENTS; ++i) {
    values[i] = copy_get_output0_f32(&model, i);
  }
  fwrite(copy_output0(&model), 1, COPY_OUTPUT0_BYTES, stdout);
  fwrite(values, 1, sizeof values, stdout);
  return 0;
}
