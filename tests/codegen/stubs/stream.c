/* A program that gives its input, time steps as float32, to a stream, and writes for each window the bytes
 * of the output, the averages and the best class. */
#include <stdio.h>

#include "tiny_stream.h"

static tiny_arena_t arena;
static tiny_t model;
static tiny_stream_t stream;

int main(void) {
  float time_step[TINY_CHANNELS];
  if (tiny_init(&model, &arena, sizeof arena) != EDGEQ_OK) {
    return 2;
  }
  tiny_stream_begin(&stream, &model);
  while (fread(time_step, sizeof time_step, 1, stdin) == 1) {
    if (!tiny_stream_push(&stream, time_step)) {
      continue;
    }
    if (tiny_stream_run(&stream) != EDGEQ_OK) {
      return 3;
    }
    const int32_t best = stream.best;
    fwrite(tiny_output0(&model), 1, TINY_OUTPUT0_BYTES, stdout);
    fwrite(stream.average, 1, sizeof stream.average, stdout);
    fwrite(&best, 1, sizeof best, stdout);
  }
  return 0;
}
