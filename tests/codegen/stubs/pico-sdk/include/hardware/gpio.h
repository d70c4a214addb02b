/* What projects use of the Pico SDK's hardware_gpio, on a host. */
typedef unsigned int uint;
enum gpio_function { GPIO_FUNC_I2C = 3 };

static inline void gpio_set_function(uint gpio, enum gpio_function function) {
  (void)gpio;
  (void)function;
}

static inline void gpio_pull_up(uint gpio) {
  (void)gpio;
}
