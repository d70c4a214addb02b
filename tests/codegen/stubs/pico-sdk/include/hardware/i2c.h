/* What projects use of the Pico SDK's hardware_i2c, on a host: a bus with an MPU6050. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int uint;
typedef struct {
  int used;
} i2c_inst_t;

#define i2c0 ((i2c_inst_t *)NULL)

static inline uint i2c_init(i2c_inst_t *bus, uint baudrate) {
  (void)bus;
  return baudrate;
}

static inline int i2c_write_timeout_us(i2c_inst_t *bus, uint8_t address, const uint8_t *bytes, size_t size, bool nostop,
                                       uint timeout) {
  (void)bus;
  return address == 0x68 && bytes[0] == (nostop ? 0x3B : 0x6B) && timeout > 0 ? (int)size : -1;
}

static inline int i2c_read_timeout_us(i2c_inst_t *bus, uint8_t address, uint8_t *bytes, size_t size, bool nostop,
                                      uint timeout) {
  (void)bus;
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = i % 2 ? 0 : 0x40;
  }
  return address == 0x68 && !nostop && timeout > 0 ? (int)size : -1;
}
