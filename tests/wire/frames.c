/* Reads bytes, and writes what edgeq_wire.c makes of them: a line for each event. `sketch` as
 * argument writes a window and a result instead, as a sketch would. */
#include <stdio.h>

#include "edgeq_wire.h"

static void put(uint8_t byte) { putchar(byte); }

static void sketch(void) {
  uint8_t sequence = 254;
  int16_t window[300];
  for (int i = 0; i < 300; ++i) {
    window[i] = (int16_t)(i * 100 - 15000);
  }
  (void)edgeq_wire_send_window(put, &sequence, 7, EDGEQ_WIRE_INT16, window, 300);
  edgeq_wire_send_result(put, &sequence, 7, 1234, 2, 0.75f, "wave");
}

int main(int argc, char **argv) {
  edgeq_wire_receiver_t receiver;
  (void)argv;
  if (argc > 1) {
    sketch();
    return 0;
  }
  edgeq_wire_begin(&receiver);
  for (int c = getchar(); c != EOF; c = getchar()) {
    const edgeq_wire_event_t event = edgeq_wire_take(&receiver, (uint8_t)c);
    if (event == EDGEQ_WIRE_DAMAGED) {
      puts("damaged");
    } else if (event == EDGEQ_WIRE_FOREIGN) {
      puts("foreign");
    } else if (event == EDGEQ_WIRE_ARRIVED) {
      printf("%d %d ", receiver.bytes[1], receiver.bytes[2]);
      for (int i = 0; i < receiver.payload; ++i) {
        printf("%02x", receiver.bytes[3 + i]);
      }
      puts("");
    }
  }
  return 0;
}
