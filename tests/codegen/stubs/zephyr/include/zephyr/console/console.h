/* Zephyr's console, on a host: the end of standard input ends the program. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline int console_init(void) {
  return 0;
}

static inline int console_getchar(void) {
  const int c = getchar();
  if (c == EOF) {
    exit(0);
  }
  return c;
}
