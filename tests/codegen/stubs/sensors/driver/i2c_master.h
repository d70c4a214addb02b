/* ESP-IDF's driver/i2c_master.h, as far as programs use it: a bus with an MPU6050. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int esp_err_t;
#define ESP_OK 0
typedef struct { int used; } *i2c_master_bus_handle_t;
typedef struct { int used; } *i2c_master_dev_handle_t;
typedef enum { I2C_NUM_0 } i2c_port_num_t;
typedef enum { I2C_CLK_SRC_DEFAULT } i2c_clock_source_t;
typedef enum { I2C_ADDR_BIT_LEN_7 } i2c_addr_bit_len_t;

typedef struct {
  i2c_port_num_t i2c_port;
  int sda_io_num, scl_io_num;
  i2c_clock_source_t clk_source;
  uint8_t glitch_ignore_cnt;
  int intr_priority;
  size_t trans_queue_depth;
  struct {
    uint32_t enable_internal_pullup : 1;
  } flags;
} i2c_master_bus_config_t;

typedef struct {
  i2c_addr_bit_len_t dev_addr_length;
  uint16_t device_address;
  uint32_t scl_speed_hz, scl_wait_us;
} i2c_device_config_t;

static inline esp_err_t i2c_new_master_bus(const i2c_master_bus_config_t *config, i2c_master_bus_handle_t *bus) {
  *bus = NULL;
  return config->sda_io_num == 21 ? ESP_OK : 1;
}

static inline esp_err_t i2c_master_bus_add_device(i2c_master_bus_handle_t bus, const i2c_device_config_t *config,
                                                  i2c_master_dev_handle_t *device) {
  (void)bus;
  *device = NULL;
  return config->device_address == 0x68 ? ESP_OK : 1;
}

static inline esp_err_t i2c_master_transmit(i2c_master_dev_handle_t device, const uint8_t *bytes, size_t size,
                                            int timeout) {
  (void)device;
  return bytes[0] == 0x6B && size == 2 && timeout > 0 ? ESP_OK : 1;
}

static inline esp_err_t i2c_master_transmit_receive(i2c_master_dev_handle_t device, const uint8_t *bytes, size_t size,
                                                    uint8_t *got, size_t count, int timeout) {
  (void)device;
  for (size_t i = 0; i < count; ++i) {
    got[i] = i % 2 ? 0 : 0x40;
  }
  return bytes[0] == 0x3B && size == 1 && timeout > 0 ? ESP_OK : 1;
}
