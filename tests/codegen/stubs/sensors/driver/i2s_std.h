/* ESP-IDF's driver/i2s_std.h, as far as programs use it. The program ends with the sound, after two seconds. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int esp_err_t;
#define ESP_OK 0
typedef struct { int used; } *i2s_chan_handle_t;
typedef struct { int id, role; uint32_t dma_desc_num, dma_frame_num; } i2s_chan_config_t;
typedef struct { uint32_t sample_rate_hz; } i2s_std_clk_config_t;
typedef struct { int width, mode; } i2s_std_slot_config_t;
typedef struct { int mclk, bclk, ws, dout, din; } i2s_std_gpio_config_t;
typedef struct {
  i2s_std_clk_config_t clk_cfg;
  i2s_std_slot_config_t slot_cfg;
  i2s_std_gpio_config_t gpio_cfg;
} i2s_std_config_t;
#define I2S_NUM_0 0
#define I2S_ROLE_MASTER 0
#define I2S_DATA_BIT_WIDTH_32BIT 32
#define I2S_SLOT_MODE_MONO 1
#define I2S_GPIO_UNUSED (-1)
#define I2S_CHANNEL_DEFAULT_CONFIG(number, part) {.id = number, .role = part, .dma_desc_num = 6, .dma_frame_num = 240}
#define I2S_STD_CLK_DEFAULT_CONFIG(rate) {.sample_rate_hz = rate}
#define I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(bits, slots) {.width = bits, .mode = slots}

static inline esp_err_t i2s_new_channel(const i2s_chan_config_t *config, i2s_chan_handle_t *to,
                                        i2s_chan_handle_t *from) {
  *from = NULL;
  return config->id == 0 && to == NULL ? ESP_OK : 1;
}

static inline esp_err_t i2s_channel_init_std_mode(i2s_chan_handle_t handle, const i2s_std_config_t *config) {
  (void)handle;
  return config->clk_cfg.sample_rate_hz == 16000 ? ESP_OK : 1;
}

static inline esp_err_t i2s_channel_enable(i2s_chan_handle_t handle) {
  (void)handle;
  return ESP_OK;
}

static inline esp_err_t i2s_channel_read(i2s_chan_handle_t handle, void *got, size_t size, size_t *bytes,
                                         uint32_t timeout) {
  static int left = 500;
  (void)handle;
  if (left-- == 0) {
    exit(0);
  }
  memset(got, 1, size);
  *bytes = timeout > 0 ? size : 0;
  return ESP_OK;
}
