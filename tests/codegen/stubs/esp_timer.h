#include <stdint.h>
#include <stdlib.h>

static inline int64_t esp_timer_get_time(void) {
  static int64_t now = 0;
  if (now == 10000000) {
    exit(0); /* after ten seconds */
  }
  return now += 100;
}
