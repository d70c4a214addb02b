/* An Arduino sketch as the tools compile it: Arduino.h in front, setup once, loop for ever. SKETCH: its file. */
#include <Arduino.h>

#include SKETCH

int main() {
  setup();
  for (;;) {
    loop();
  }
}
