/* ESP-IDF's esp_adc/adc_oneshot.h, as far as programs use it. */
#include <stddef.h>

typedef int esp_err_t;
#define ESP_OK 0
typedef struct { int used; } *adc_oneshot_unit_handle_t;
typedef enum { ADC_UNIT_1 } adc_unit_t;
typedef enum { ADC_CHANNEL_0, ADC_CHANNEL_9 = 9 } adc_channel_t;
typedef enum { ADC_ATTEN_DB_0, ADC_ATTEN_DB_12 = 3 } adc_atten_t;
typedef enum { ADC_BITWIDTH_DEFAULT } adc_bitwidth_t;
typedef struct {
  adc_unit_t unit_id;
  int clk_src, ulp_mode;
} adc_oneshot_unit_init_cfg_t;
typedef struct {
  adc_atten_t atten;
  adc_bitwidth_t bitwidth;
} adc_oneshot_chan_cfg_t;

static inline esp_err_t adc_oneshot_new_unit(const adc_oneshot_unit_init_cfg_t *config,
                                             adc_oneshot_unit_handle_t *unit) {
  *unit = NULL;
  return config->unit_id == ADC_UNIT_1 ? ESP_OK : 1;
}

static inline esp_err_t adc_oneshot_config_channel(adc_oneshot_unit_handle_t unit, adc_channel_t channel,
                                                   const adc_oneshot_chan_cfg_t *config) {
  (void)unit;
  return channel <= ADC_CHANNEL_9 && config->atten == ADC_ATTEN_DB_12 ? ESP_OK : 1;
}

static inline esp_err_t adc_oneshot_read(adc_oneshot_unit_handle_t unit, adc_channel_t channel, int *counts) {
  (void)unit;
  *counts = 100 * ((int)channel + 1);
  return ESP_OK;
}
