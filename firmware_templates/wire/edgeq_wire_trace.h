/* Lets the server see what each layer of a model writes; the model's source includes it. */
#ifndef EDGEQ_WIRE_TRACE_H
#define EDGEQ_WIRE_TRACE_H

#include <stdint.h>

/* Called behind each layer, or after some of its rows, while a run is traced; otherwise NULL. */
extern void (*edgeq_wire_traced)(uint16_t layer, const void *data, uint32_t bytes);

#define EDGEQ_TRACE(layer, data, bytes)                \
  do {                                                 \
    if (edgeq_wire_traced) {                           \
      edgeq_wire_traced(layer, data, (uint32_t)(bytes)); \
    }                                                  \
  } while (0)
#define EDGEQ_TRACE_ROWS(layer, row, data, bytes) EDGEQ_TRACE(layer, data, bytes)

#endif
