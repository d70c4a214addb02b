/* 3000 ticks of delays end the program. */
#include <stdlib.h>

static inline void vTaskDelay(unsigned ticks) {
  static unsigned waited = 0;
  waited += ticks;
  if (waited >= 3000) {
    exit(0);
  }
}
