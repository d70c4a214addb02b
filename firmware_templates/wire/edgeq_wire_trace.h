/* Lets the server see what each layer of a model writes; the model's source includes it. */
#ifndef EDGEQ_WIRE_TRACE_H
#define EDGEQ_WIRE_TRACE_H

#include <stdint.h>

/* Called behind each layer, or after some of its rows, while a run is traced; otherwise NULL. offset:
 * of the data in all that the layer writes, which are its outputs one behind the other. */
extern void (*edgeq_wire_traced)(uint16_t layer, uint32_t offset, const void *data, uint32_t bytes);

#define EDGEQ_TRACE_MORE(layer, offset, data, bytes)                         \
  do {                                                                       \
    if (edgeq_wire_traced) {                                                 \
      edgeq_wire_traced(layer, (uint32_t)(offset), data, (uint32_t)(bytes)); \
    }                                                                        \
  } while (0)
#define EDGEQ_TRACE(layer, data, bytes) EDGEQ_TRACE_MORE(layer, 0, data, bytes)
#define EDGEQ_TRACE_ROWS(layer, row, row_bytes, data, bytes) \
  EDGEQ_TRACE_MORE(layer, (uint32_t)(row) * (row_bytes), data, bytes)

#endif
