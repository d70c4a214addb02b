/* A Mega 2560 without Arduino: the self-test's report goes to the serial port, then the core sleeps for good. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "tiny.h"
#include "tiny_selftest.h"

static tiny_arena_t arena;

static void put(char c) {
  UDR0 = c;
  while (!(UCSR0A & (1 << UDRE0))) {
  }
}

int main(void) {
  tiny_t model;
  UCSR0B = 1 << TXEN0;
  if (tiny_init(&model, &arena, sizeof arena) == EDGEQ_OK) {
    tiny_selftest_report(&model, put);
  }
  cli();
  sleep_enable();
  sleep_cpu();
  return 0;
}
