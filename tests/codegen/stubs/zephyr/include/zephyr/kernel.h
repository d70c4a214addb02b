/* What samples use of Zephyr, on a host: the third sleep ends the program, or ten seconds of its clock. */
#ifndef ZEPHYR_KERNEL_STUB_H
#define ZEPHYR_KERNEL_STUB_H

#include <stdint.h>
#include <stdlib.h>

static inline uint32_t k_cycle_get_32(void) {
  static uint32_t now = 0;
  return now += 6400;
}

static inline uint32_t k_cyc_to_us_near32(uint32_t cycles) {
  return cycles / 64;
}

static inline uint64_t k_cyc_to_us_floor64(uint64_t cycles) {
  return cycles / 64;
}

static inline int64_t k_uptime_ticks(void) {
  static int64_t now = 0;
  if (now == 100000) {
    exit(0);
  }
  return ++now;
}

static inline uint64_t k_ticks_to_us_floor64(uint64_t ticks) {
  return 100 * ticks;
}

static inline int32_t k_usleep(int32_t us) {
  return us - us;
}

static inline int32_t k_msleep(int32_t ms) {
  static int sleeps = 0;
  if (++sleeps == 3 && ms > 0) {
    exit(0);
  }
  return 0;
}

#endif
