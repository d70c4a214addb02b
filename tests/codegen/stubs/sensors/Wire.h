/* Arduino's Wire.h, as far as sketches use it: a bus with an MPU6050. */
struct TwoWire {
  int sent = 0, got = 0, address = -1;
  void begin() {}
  void setClock(uint32_t) {}
  void beginTransmission(uint8_t to) {
    address = to;
    sent = 0;
  }
  size_t write(uint8_t) {
    ++sent;
    return 1;
  }
  uint8_t endTransmission(bool = true) { return address == 0x68 ? 0 : 2; }
  uint8_t requestFrom(uint8_t, uint8_t count) {
    got = 0;
    return count;
  }
  int read() { return got++ % 2 ? 0 : 0x40; }
};

static TwoWire Wire;
