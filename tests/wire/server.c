/* A server whose model only adds up what it is given, between standard input and output. */
#include <stdio.h>
#include <string.h>

#include "edgeq_wire_server.h"
#include "edgeq_wire_trace.h"

static uint8_t first[300], second[3], sums[500], count[4];
static edgeq_wire_layer_t layers[41];

static void put(uint8_t byte) { putchar(byte); }

static uint32_t microseconds(void) {
  static uint32_t now;
  return now += 7;
}

static bool write_input(void *model, uint8_t input, uint32_t offset, const uint8_t *bytes,
                        uint8_t size) {
  (void)model;
  memcpy((input == 0 ? first : second) + offset, bytes, size);
  return true;
}

static bool run(void *model) {
  (void)model;
  for (int i = 0; i < 500; ++i) {
    sums[i] = (uint8_t)(first[i % 300] + second[i % 3]);
    EDGEQ_TRACE_ROWS((uint16_t)(i % 40), i / 40, 1, sums + i, 1); /* the next row of each in turn */
  }
  EDGEQ_TRACE(40, first, sizeof first);
  EDGEQ_TRACE_MORE(40, sizeof first, sums, sizeof sums);
  ++count[0];
  return first[0] != 255;
}

static const uint8_t *output(void *model, uint8_t index) {
  (void)model;
  return index == 0 ? sums : count;
}

static void reset(void *model) {
  (void)model;
  memset(count, 0, sizeof count);
}

int main(void) {
  static const uint32_t bytes[] = {sizeof first, sizeof second, sizeof sums, sizeof count};
  static const edgeq_wire_model_t facts = {
      {1, 2, 3, 4, 5, 6, 7, 8}, 9,   41,     2,    2, bytes, layers, write_input,
      NULL,                     run, output, reset};
  static edgeq_wire_server_t server;
  edgeq_wire_serve(&server, &facts, NULL, put, microseconds);
  for (int byte = getchar(); byte != EOF; byte = getchar()) {
    edgeq_wire_server_take(&server, (uint8_t)byte);
  }
  return 0;
}
