/* ESP_I2S.h of Arduino's core for ESP32, as far as sketches use it. The program ends with the sound, after
 * two seconds. */
enum i2s_mode_t { I2S_MODE_STD };
enum i2s_data_bit_width_t { I2S_DATA_BIT_WIDTH_32BIT = 32 };
enum i2s_slot_mode_t { I2S_SLOT_MODE_MONO = 1 };

struct I2SClass {
  void setPins(int8_t, int8_t, int8_t, int8_t, int8_t = -1) {}
  bool begin(i2s_mode_t, uint32_t rate, i2s_data_bit_width_t, i2s_slot_mode_t) { return rate == 16000; }
  size_t readBytes(char *buffer, size_t size) {
    static int left = 500;
    if (left-- == 0) {
      exit(0);
    }
    for (size_t i = 0; i < size; ++i) {
      buffer[i] = static_cast<char>(i);
    }
    return size;
  }
};
