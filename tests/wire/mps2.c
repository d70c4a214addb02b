/* Arm's MPS2 board with a Cortex-M3, as QEMU has it: serves the model tiny on its first UART. */
#include "tiny.h"
#include "tiny_wire.h"

#define UART ((volatile uint32_t *)0x40004000u) /* data, state, control, interrupts, divider */
#define FULL 1u
#define CAME 2u
#define TIMER ((volatile uint32_t *)0x40000000u) /* control, value, reload; counts down at 25 MHz */

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end;

void start(void);
static void stop(void) {
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack_top, (const void *)start, (const void *)stop, (const void *)stop};

static tiny_arena_t arena;
static tiny_t model;

static void put(uint8_t byte) {
  while (UART[1] & FULL) {
  }
  UART[0] = byte;
}

static uint32_t microseconds(void) { return (0xFFFFFFFFu - TIMER[1]) / 25u; }

void start(void) {
  const uint32_t *from = &data_load;
  for (uint32_t *to = &data_start; to != &data_end; ++to) {
    *to = *from++;
  }
  for (uint32_t *to = &bss_start; to != &bss_end; ++to) {
    *to = 0;
  }
  UART[4] = 16;
  UART[2] = 3;
  TIMER[2] = TIMER[1] = 0xFFFFFFFFu;
  TIMER[0] = 1;
  if (tiny_init(&model, &arena, sizeof arena) != EDGEQ_OK) {
    stop();
  }
  tiny_wire_begin(&model, put, microseconds);
  for (;;) {
    if (UART[1] & CAME) {
      tiny_wire_take((uint8_t)UART[0]);
    }
  }
}
