/* A Mega 2560 without Arduino: the self-test's verdict goes to the serial port, then the core sleeps for good. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "tiny.h"
#include "tiny_selftest.h"

static tiny_arena_t arena;

static void put(const char *text) {
  for (; *text; ++text) {
    UDR0 = *text;
    while (!(UCSR0A & (1 << UDRE0))) {
    }
  }
}

int main(void) {
  tiny_t model;
  UCSR0B = 1 << TXEN0;
  const int good = tiny_init(&model, &arena, sizeof arena) == EDGEQ_OK && tiny_selftest(&model) == 0;
  put(good ? "EDGEQ SELFTEST PASS\n" : "EDGEQ SELFTEST FAIL\n");
  cli();
  sleep_enable();
  sleep_cpu();
  return 0;
}
