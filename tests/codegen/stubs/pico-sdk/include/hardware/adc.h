/* What projects use of the Pico SDK's hardware_adc, on a host: input i gives 100 * (i + 1). */
#include <stdint.h>

typedef unsigned int uint;

static uint adc_input;

static inline void adc_init(void) {
}

static inline void adc_gpio_init(uint gpio) {
  (void)gpio;
}

static inline void adc_select_input(uint input) {
  adc_input = input;
}

static inline uint16_t adc_read(void) {
  return (uint16_t)(100 * (adc_input + 1));
}
