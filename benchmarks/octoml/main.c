/* The model's entry, its workspace as a stack, and where the emulator stops. */
#include <stddef.h>
#include <stdint.h>

#include "tvmgen_default.h"

#define MOST_PIECES 64
#define INPUT_BYTES (96 * 96 * 3)

int edgeq_run(void);
void edgeq_exit(void);
void *TVMBackendAllocWorkspace(int device, int id, uint64_t bytes, int code, int bits);
int TVMBackendFreeWorkspace(int device, int id, void *at);

static uint8_t memory[400000] __attribute__((aligned(16)));
static size_t top, pieces[MOST_PIECES];
static int depth;
static int8_t input[INPUT_BYTES] __attribute__((aligned(16))), output[4096] __attribute__((aligned(16)));

void *TVMBackendAllocWorkspace(int device, int id, uint64_t bytes, int code, int bits) {
  (void)device;
  (void)id;
  (void)code;
  (void)bits;
  void *at = memory + top;
  pieces[depth] = (size_t)((bytes + 15) & ~(uint64_t)15);
  top += pieces[depth++];
  return at;
}

int TVMBackendFreeWorkspace(int device, int id, void *at) {
  (void)device;
  (void)id;
  (void)at;
  top -= pieces[--depth];
  return 0;
}

/* Each of the two structures has one pointer, whose name differs by model. */
__attribute__((used)) int edgeq_run(void) {
  void *in = input, *out = output;
  return tvmgen_default_run((struct tvmgen_default_inputs *)&in, (struct tvmgen_default_outputs *)&out);
}

__attribute__((used, section(".exit"))) void edgeq_exit(void) {
  for (;;) {
    __asm__ volatile("nop");
  }
}
