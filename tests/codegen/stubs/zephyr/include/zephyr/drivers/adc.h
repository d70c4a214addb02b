/* What samples use of Zephyr's converters, on a host: channel i gives 100 * (i + 1). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct adc_dt_spec {
  uint8_t channel_id;
};

struct adc_sequence {
  uint32_t channels;
  void *buffer;
  size_t buffer_size;
};

#define DT_PATH(node) node
#define ADC_DT_SPEC_GET_BY_IDX(node, index) \
  { .channel_id = index }

static inline bool adc_is_ready_dt(const struct adc_dt_spec *spec) {
  return spec != NULL;
}

static inline int adc_channel_setup_dt(const struct adc_dt_spec *spec) {
  return spec != NULL ? 0 : -1;
}

static inline int adc_sequence_init_dt(const struct adc_dt_spec *spec, struct adc_sequence *sequence) {
  sequence->channels = spec->channel_id;
  return 0;
}

static inline int adc_read_dt(const struct adc_dt_spec *spec, const struct adc_sequence *sequence) {
  *(int16_t *)sequence->buffer = (int16_t)(100 * (spec->channel_id + 1));
  return sequence->buffer_size == 2 ? 0 : -1;
}
