/* ESP-IDF's UART driver, on a host: standard input and output, whose end ends the program. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define UART_NUM_0 0
#define ESP_ERROR_CHECK(call) ((call) == 0 ? (void)0 : abort())

static inline int uart_driver_install(int uart, int receive, int send, int queue, void *handle, int flags) {
  return uart || receive <= 128 || send || queue || handle != NULL || flags;
}

static inline int uart_read_bytes(int uart, void *bytes, uint32_t length, uint32_t ticks) {
  const int found = getchar();
  if (found == EOF || uart != 0 || length != 1 || ticks == 0) {
    exit(0);
  }
  *(uint8_t *)bytes = (uint8_t)found;
  return 1;
}

static inline int uart_write_bytes(int uart, const void *bytes, size_t length) {
  const int written = uart == 0 ? (int)fwrite(bytes, 1, length, stdout) : -1;
  fflush(stdout);
  return written;
}
