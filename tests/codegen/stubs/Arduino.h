/* What sketches use of Arduino, on a host: Serial is standard input and output. The third delay ends the
 * program, or the end of the input, or ten seconds of its clock. */
#ifndef ARDUINO_STUB_H
#define ARDUINO_STUB_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { A0 = 14, A1, A2, A3, A4, A5 };

#define PROGMEM
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(text))

class __FlashStringHelper;

struct SerialPort {
  void begin(unsigned long) {}
  explicit operator bool() const { return true; }
  void print(const __FlashStringHelper *text) { fputs(reinterpret_cast<const char *>(text), stdout); }
  void print(unsigned long value) { printf("%lu", value); }
  void print(int value) { printf("%d", value); }
  void print(float value, int digits) { printf("%.*f", digits, static_cast<double>(value)); }
  void println(int value) { printf("%d\n", value); }
  void println() { putchar('\n'); }
  int available() {
    const int c = getchar();
    if (c == EOF) {
      exit(0);
    }
    ungetc(c, stdin);
    return 1;
  }
  int read() { return getchar(); }
  void write(char c) { putchar(c); }
  size_t write(const uint8_t *bytes, size_t size) {
    fwrite(bytes, 1, size, stdout);
    fflush(stdout);
    return size;
  }
  void println(const __FlashStringHelper *text) {
    print(text);
    putchar('\n');
  }
  void println(float value, int digits) { printf("%.*f\n", digits, static_cast<double>(value)); }
};

static SerialPort Serial;

static inline unsigned long micros() {
  static unsigned long now = 0;
  if (now == 10000000) {
    exit(0);
  }
  return now += 100;
}
static inline unsigned long millis() { return micros() / 1000; }
static inline int analogRead(uint8_t pin) { return 100 * (pin - A0 + 1); }
static void (*interrupt)() = nullptr;
/* Each 256th time an interrupt comes. */
static inline void interrupts() {
  static int allowed = 0;
  if (++allowed % 256 == 0 && interrupt != nullptr) {
    interrupt();
  }
}
static inline void noInterrupts() {}
static inline void delay(unsigned long) {
  static int delays = 0;
  if (++delays == 3) {
    exit(0);
  }
}

void setup();
void loop();

#endif
