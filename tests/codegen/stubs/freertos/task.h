/* The third delay ends the program. */
#include <stdlib.h>

static inline void vTaskDelay(unsigned ticks) {
  static int delays = 0;
  if (++delays == 3 && ticks > 0) {
    exit(0);
  }
}
