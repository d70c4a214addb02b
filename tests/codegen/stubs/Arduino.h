/* What sketches use of Arduino, on a host: Serial is standard output, and the third delay ends the program. */
#ifndef ARDUINO_STUB_H
#define ARDUINO_STUB_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGMEM
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(text))

class __FlashStringHelper;

struct SerialPort {
  void begin(unsigned long) {}
  explicit operator bool() const { return true; }
  void print(const __FlashStringHelper *text) { fputs(reinterpret_cast<const char *>(text), stdout); }
  void print(unsigned long value) { printf("%lu", value); }
  void print(int value) { printf("%d", value); }
  void write(char c) { putchar(c); }
  void println(const __FlashStringHelper *text) {
    print(text);
    putchar('\n');
  }
  void println(float value, int digits) { printf("%.*f\n", digits, static_cast<double>(value)); }
};

static SerialPort Serial;

static inline unsigned long micros() {
  static unsigned long now = 0;
  return now += 100;
}
static inline unsigned long millis() { return micros() / 1000; }
static inline void delay(unsigned long) {
  static int delays = 0;
  if (++delays == 3) {
    exit(0);
  }
}

void setup();
void loop();

#endif
