/* What projects use of the Pico SDK, on a host: the fourth sleep ends the program, or ten seconds of its clock. */
#ifndef PICO_STDLIB_STUB_H
#define PICO_STDLIB_STUB_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline bool stdio_init_all(void) {
  return true;
}

static inline uint64_t time_us_64(void) {
  static uint64_t now = 0;
  if (now == 10000000) {
    exit(0);
  }
  return now += 100;
}

static inline uint32_t time_us_32(void) {
  return (uint32_t)time_us_64();
}

static inline void tight_loop_contents(void) {
}

static inline int getchar_timeout_us(uint32_t timeout) {
  const int c = getchar();
  if (c == EOF && timeout <= 1000) {
    exit(0);
  }
  return c;
}

static inline int putchar_raw(int byte) {
  return putchar(byte);
}

static inline void stdio_flush(void) {
  fflush(stdout);
}

static inline void sleep_ms(uint32_t ms) {
  static int sleeps = 0;
  if (++sleeps == 4 && ms > 0) {
    exit(0);
  }
}

#endif
