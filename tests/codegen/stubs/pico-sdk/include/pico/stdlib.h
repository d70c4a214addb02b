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

/* Lines that a filter selects; what arrives on standard input arrives on the UART, if there is one, and all at once. */
typedef struct stdio_driver {
  int on_usb;
  int (*in_chars)(char *buf, int len);
  void (*set_chars_available_callback)(void (*fn)(void *), void *param);
} stdio_driver_t;

static stdio_driver_t *stdio_filter;

static inline void stdio_filter_driver(stdio_driver_t *driver) {
  stdio_filter = driver;
}

static inline int stdio_uart_in_chars(char *buf, int len) {
  const int c = len > 0 ? getchar() : EOF;
  *buf = (char)c;
  return c == EOF ? -1 : 1;
}

static inline void stdio_uart_set_callback(void (*fn)(void *), void *param) {
  fn(param);
}

static inline int stdio_usb_in_chars(char *buf, int len) {
  exit(buf == NULL || len == 0);
}

#if LIB_PICO_STDIO_UART
static stdio_driver_t stdio_uart = {0, stdio_uart_in_chars, stdio_uart_set_callback};
#endif
#if LIB_PICO_STDIO_USB
static stdio_driver_t stdio_usb = {1, stdio_usb_in_chars, NULL};
#endif

static inline int stdio_hears_nothing(void) {
#if LIB_PICO_STDIO_UART
  return stdio_filter != NULL && stdio_filter->on_usb;
#else
  return 0;
#endif
}

static inline int getchar_timeout_us(uint32_t timeout) {
  if (stdio_hears_nothing()) {
    return -1;
  }
  const int c = getchar();
  if (c == EOF && timeout <= 1000) {
    exit(0);
  }
  return c;
}

/* A byte that goes out on a line that nobody asked on is two bytes here. */
static inline int putchar_raw(int byte) {
  if (stdio_filter == NULL || stdio_hears_nothing()) {
    putchar(byte);
  }
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
