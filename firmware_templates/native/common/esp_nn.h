/* What the calls of ESP-NN's functions share. */
#ifndef EDGEQ_ESP_NN_H
#define EDGEQ_ESP_NN_H

#include "common/edgeq_native.h"

#if defined(ESP_PLATFORM)
#include "sdkconfig.h"
#endif
#include <esp_nn.h>

#if defined(CONFIG_NN_SKIP_NUDGE) || defined(SKIP_NUDGE)
#error "switch CONFIG_NN_SKIP_NUDGE off: it rounds otherwise than the model was quantized for"
#endif

/* Constants of the output channels. */
typedef struct {
  const int32_t *bias, *multiplier, *shift;
} edgeq_esp_nn_channels;

/* The library takes them by pointers that are not const, and only reads. */
static inline quant_data_t edgeq_esp_nn_scales(const edgeq_esp_nn_channels *channels) {
  const quant_data_t scales = {(int32_t *)channels->shift, (int32_t *)channels->multiplier};
  return scales;
}

#endif
