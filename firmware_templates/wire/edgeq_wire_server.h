/* Answers a computer that feeds a model on this board: docs/wire.md of edgeq has the requests.
 *
 * A request is executed once, however often it arrives: its token is one more than that of the
 * request before it, and a request that arrives again gets the answer again. */
#ifndef EDGEQ_WIRE_SERVER_H
#define EDGEQ_WIRE_SERVER_H

#include "edgeq_wire.h"

/* Requests. An answer's type is its request's and EDGEQ_WIRE_ANSWER. */
#define EDGEQ_WIRE_HELLO 0x20
#define EDGEQ_WIRE_WRITE 0x21
#define EDGEQ_WIRE_RUN 0x22
#define EDGEQ_WIRE_READ 0x23
#define EDGEQ_WIRE_LAYERS 0x24
#define EDGEQ_WIRE_RESET 0x25
#define EDGEQ_WIRE_TENSORS 0x26
#define EDGEQ_WIRE_ANSWER 0x10
#define EDGEQ_WIRE_REFUSED 0x3F

#define EDGEQ_WIRE_PART 0x12 /* of a tensor, while a request that was told to send them is executed */

/* Why a request is refused. */
#define EDGEQ_WIRE_DONE 0     /* it is not */
#define EDGEQ_WIRE_STRANGE 1  /* its token is not the next one: say hello */
#define EDGEQ_WIRE_UNKNOWN 2  /* no such request, or not of this model */
#define EDGEQ_WIRE_BOUNDS 3   /* more or other bytes than the model has */
#define EDGEQ_WIRE_EARLY 4    /* nothing to read before a run; rows are missing before it */
#define EDGEQ_WIRE_FAILED 5   /* the model says that it failed */
#define EDGEQ_WIRE_VERSIONS 6 /* the frame is of another version of the protocol */

/* What a hello says of the board. */
#define EDGEQ_WIRE_HAS_CLOCK 1
#define EDGEQ_WIRE_HAS_STATE 2
#define EDGEQ_WIRE_HAS_TENSORS 4 /* it can send what its layers write */

#define EDGEQ_WIRE_TRACED 1 /* of a hello: time and CRC of each layer are wanted */

#ifdef __cplusplus
extern "C" {
#endif

/* A layer's microseconds in a run, and the CRC-32 of all that it wrote. */
typedef struct {
  uint32_t microseconds;
  uint32_t crc;
} edgeq_wire_layer_t;

/* A model as the server sees it; each function gets `model`. */
typedef struct {
  uint8_t hash[8];         /* of the model, as its header has it in hex digits */
  uint32_t program;        /* names the layers and their order */
  uint16_t layers;         /* that can be traced, 0 where none can */
  uint8_t inputs, outputs; /* together 48 at most */
  const uint32_t *bytes;   /* of each input, then of each output */
  edgeq_wire_layer_t *layer;
  bool (*write)(void *model, uint8_t input, uint32_t offset, const uint8_t *bytes, uint8_t count);
  bool (*ready)(void *model); /* whether all rows have come; NULL where inputs exist whole */
  bool (*run)(void *model);
  const uint8_t *(*output)(void *model, uint8_t index);
  void (*reset)(void *model); /* NULL where it keeps no state */
} edgeq_wire_model_t;

/* A place in all that the layers write, one behind the other. */
typedef struct {
  uint16_t layer;
  uint32_t offset;
} edgeq_wire_place_t;

/* Microseconds that wrap around after 2^32; the project's own. */
typedef uint32_t (*edgeq_wire_clock_t)(void);

typedef struct {
  const edgeq_wire_model_t *facts;
  void *model;
  edgeq_wire_put_t put;
  edgeq_wire_clock_t clock; /* NULL where there is none */
  edgeq_wire_receiver_t receiver;
  uint32_t token;        /* of the last request */
  uint32_t microseconds; /* that the inference has taken so far */
  edgeq_wire_place_t first, end; /* what layers write from the one up to the other is sent */
  uint8_t type, status;  /* of the last request */
  uint8_t sequence;      /* of the next answer */
  bool greeted, ran, traced;
} edgeq_wire_server_t;

/* Makes a server of a model that has been initialised. */
void edgeq_wire_serve(edgeq_wire_server_t *server, const edgeq_wire_model_t *facts, void *model,
                      edgeq_wire_put_t put, edgeq_wire_clock_t clock);

/* Takes one byte that arrived; the last one of a request has it executed and answered. */
void edgeq_wire_server_take(edgeq_wire_server_t *server, uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
