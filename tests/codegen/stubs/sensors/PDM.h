/* Arduino's PDM.h, as far as sketches use it. An interrupt brings a block of 256 samples, the last one a
 * second at once. The program ends with the sound, after some three seconds. */
struct PDMClass {
  void (*receive)() = nullptr;
  void onReceive(void (*function)()) { receive = function; }
  int begin(int channels, int rate);
  int read(void *buffer, size_t size) {
    static int16_t next = 0;
    for (size_t i = 0; i < size / 2; ++i) {
      static_cast<int16_t *>(buffer)[i] = next++;
    }
    return static_cast<int>(size);
  }
};

static PDMClass PDM;

static void sound_comes() {
  static int left = 128;
  if (left == 0) {
    exit(0);
  }
  for (int blocks = --left == 0 ? 64 : 1; blocks > 0; --blocks) {
    PDM.receive();
  }
}

inline int PDMClass::begin(int channels, int rate) {
  interrupt = sound_comes;
  return channels == 1 && rate == 16000;
}
