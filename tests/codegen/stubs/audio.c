/* Pushes samples from standard input in pieces of 1 sample to a step; behind each frame that makes the
 * input complete it writes the input and the outputs. */
#include <stdio.h>

#include "wake_audio.h"

static wake_arena_t arena;
static wake_t model;
static wake_audio_t audio;

int main(void) {
  int16_t samples[WAKE_AUDIO_STEP];
  uint32_t random = 1;
  if (wake_init(&model, &arena, sizeof arena) != EDGEQ_OK) {
    return 1;
  }
  wake_audio_begin(&audio);
  for (;;) {
    random = random * 1664525 + 1013904223;
    const size_t count = fread(samples, sizeof *samples, 1 + (random >> 16) % WAKE_AUDIO_STEP, stdin);
    if (count == 0) {
      return 0;
    }
    if (wake_audio_push(&audio, samples, count) > 0 && wake_audio_fill(&audio, &model)) {
      fwrite(wake_input0(&model), 1, WAKE_INPUT0_BYTES, stdout);
      if (wake_invoke(&model) != EDGEQ_OK) {
        return 1;
      }
      fwrite(wake_output0(&model), 1, WAKE_OUTPUT0_BYTES, stdout);
    }
  }
}
