#include "edgeq_wire_server.h"

#include <string.h>

#include "edgeq_wire_trace.h"

#define TOKEN_BYTES 4u
#define HASH_BYTES 8u
#define LAYER_BYTES 8u
#define PLACE_BYTES 6u
#define PART_HEADER (TOKEN_BYTES + PLACE_BYTES)

typedef struct {
  uint8_t bytes[EDGEQ_WIRE_PAYLOAD];
  uint16_t used;
} answer_t;

void (*edgeq_wire_traced)(uint16_t layer, uint32_t offset, const void *data, uint32_t bytes);

/* The run that is traced, when its last layer ended, and how long it has been looked at since it began. */
static edgeq_wire_server_t *tracing;
static uint32_t last_end, aside;

static uint32_t now(const edgeq_wire_server_t *server) {
  return server->clock ? server->clock() : 0;
}

static void put_number(uint8_t *place, uint32_t value, uint8_t bytes) {
  for (; bytes != 0; --bytes) {
    *place++ = (uint8_t)value;
    value >>= 8;
  }
}

static void add(answer_t *answer, uint32_t value, uint8_t bytes) {
  put_number(answer->bytes + answer->used, value, bytes);
  answer->used = (uint16_t)(answer->used + bytes);
}

static uint32_t number(const uint8_t *place, uint8_t bytes) {
  uint32_t value = 0;
  while (bytes != 0) {
    value = value << 8 | place[--bytes];
  }
  return value;
}

/* Of the bytes of a layer from `offset` on, those that are wanted, straight from where they lie. */
static void send_parts(edgeq_wire_server_t *server, uint16_t layer, uint32_t offset,
                       const uint8_t *data, uint32_t bytes) {
  const edgeq_wire_place_t first = server->first, end = server->end;
  uint32_t from = 0, until = bytes;
  if (layer < first.layer || layer > end.layer) {
    return;
  }
  if (layer == first.layer && first.offset > offset) {
    from = first.offset - offset;
  }
  if (layer == end.layer && end.offset < offset + bytes) {
    until = end.offset < offset ? 0 : end.offset - offset;
  }
  while (from < until) {
    const uint32_t most = EDGEQ_WIRE_PAYLOAD - PART_HEADER;
    const uint32_t some = until - from < most ? until - from : most;
    uint8_t head[PART_HEADER];
    put_number(head, server->token, TOKEN_BYTES);
    put_number(head + TOKEN_BYTES, layer, 2);
    put_number(head + TOKEN_BYTES + 2, offset + from, 4);
    (void)edgeq_wire_send_joined(server->put, EDGEQ_WIRE_PART, server->sequence++, head,
                                 sizeof head, data + from, (uint16_t)some);
    from += some;
  }
}

static void end_of_layer(uint16_t layer, uint32_t offset, const void *data, uint32_t bytes) {
  edgeq_wire_layer_t *const row = &tracing->facts->layer[layer];
  const uint32_t end = now(tracing);
  row->microseconds += end - last_end;
  row->crc = edgeq_wire_crc(row->crc, data, bytes);
  send_parts(tracing, layer, offset, data, bytes);
  last_end = now(tracing);
  aside += last_end - end;
}

static uint32_t output_bytes(const edgeq_wire_model_t *facts) {
  uint32_t total = 0;
  for (uint8_t i = 0; i < facts->outputs; ++i) {
    total += facts->bytes[facts->inputs + i];
  }
  return total;
}

/* Bytes of the outputs as if they lay one behind the other. */
static void add_outputs(const edgeq_wire_server_t *server, answer_t *answer, uint32_t offset,
                        uint32_t count) {
  const edgeq_wire_model_t *const facts = server->facts;
  for (uint8_t i = 0; i < facts->outputs && count != 0; ++i) {
    const uint32_t size = facts->bytes[facts->inputs + i];
    if (offset >= size) {
      offset -= size;
      continue;
    }
    const uint32_t some = count < size - offset ? count : size - offset;
    memcpy(answer->bytes + answer->used, facts->output(server->model, i) + offset, (size_t)some);
    answer->used = (uint16_t)(answer->used + some);
    count -= some;
    offset = 0;
  }
}

static uint8_t hello(const edgeq_wire_server_t *server, answer_t *answer) {
  const edgeq_wire_model_t *const facts = server->facts;
  const uint8_t flags = (uint8_t)((server->clock ? EDGEQ_WIRE_HAS_CLOCK : 0) |
                                  (facts->reset ? EDGEQ_WIRE_HAS_STATE : 0) |
                                  (facts->layers ? EDGEQ_WIRE_HAS_TENSORS : 0));
  memcpy(answer->bytes + answer->used, facts->hash, HASH_BYTES);
  answer->used = (uint16_t)(answer->used + HASH_BYTES);
  add(answer, flags, 1);
  add(answer, facts->program, 4);
  add(answer, facts->layers, 2);
  add(answer, facts->inputs, 1);
  add(answer, facts->outputs, 1);
  for (uint8_t i = 0; i < facts->inputs + facts->outputs; ++i) {
    add(answer, facts->bytes[i], 4);
  }
  return EDGEQ_WIRE_DONE;
}

/* A part of an inference begins: all of it, or some rows of an input that comes by rows. */
static uint32_t begin_part(edgeq_wire_server_t *server, bool first) {
  const edgeq_wire_model_t *const facts = server->facts;
  if (first) {
    server->microseconds = 0;
    for (uint16_t k = 0; k < facts->layers; ++k) {
      facts->layer[k].microseconds = facts->layer[k].crc = 0;
    }
  }
  tracing = server;
  edgeq_wire_traced = server->traced ? end_of_layer : NULL;
  aside = 0;
  last_end = now(server);
  return last_end;
}

static void end_part(edgeq_wire_server_t *server, uint32_t start) {
  server->microseconds += now(server) - start - aside;
  edgeq_wire_traced = NULL;
}

static uint8_t write(edgeq_wire_server_t *server, const uint8_t *fields, uint16_t length) {
  const edgeq_wire_model_t *const facts = server->facts;
  if (length < 6 || fields[0] >= facts->inputs) {
    return EDGEQ_WIRE_BOUNDS;
  }
  const uint32_t offset = number(fields + 1, 4), size = facts->bytes[fields[0]];
  const uint8_t count = (uint8_t)(length - 5u);
  if (offset > size || count > size - offset) {
    return EDGEQ_WIRE_BOUNDS;
  }
  server->ran = false;
  const uint32_t start = begin_part(server, offset == 0);
  const bool done = facts->write(server->model, fields[0], offset, fields + 5, count);
  end_part(server, start);
  return done ? EDGEQ_WIRE_DONE : EDGEQ_WIRE_BOUNDS;
}

static uint8_t run(edgeq_wire_server_t *server) {
  const edgeq_wire_model_t *const facts = server->facts;
  if (facts->ready && !facts->ready(server->model)) {
    return EDGEQ_WIRE_EARLY;
  }
  const uint32_t start = begin_part(server, !facts->ready);
  server->ran = facts->run(server->model);
  end_part(server, start);
  return server->ran ? EDGEQ_WIRE_DONE : EDGEQ_WIRE_FAILED;
}

static edgeq_wire_place_t place_of(const uint8_t *fields) {
  const edgeq_wire_place_t place = {(uint16_t)number(fields, 2), number(fields + 2, 4)};
  return place;
}

/* From now on sends what layers write between two places, the second of which is behind the last byte. */
static uint8_t tensors(edgeq_wire_server_t *server, const uint8_t *fields, uint16_t length) {
  if (server->facts->layers == 0) {
    return EDGEQ_WIRE_UNKNOWN;
  }
  if (length != 2 * PLACE_BYTES) {
    return EDGEQ_WIRE_BOUNDS;
  }
  server->first = place_of(fields);
  server->end = place_of(fields + PLACE_BYTES);
  return EDGEQ_WIRE_DONE;
}

/* What a request changes; it is done once. */
static uint8_t execute(edgeq_wire_server_t *server, uint8_t type, const uint8_t *fields,
                       uint16_t length) {
  const edgeq_wire_model_t *const facts = server->facts;
  switch (type) {
    case EDGEQ_WIRE_HELLO:
      server->greeted = true;
      server->ran = false;
      memset(&server->first, 0, sizeof server->first);
      memset(&server->end, 0, sizeof server->end); /* nothing lies between the two */
      server->traced = facts->layers != 0 && length != 0 && (fields[0] & EDGEQ_WIRE_TRACED) != 0;
      return EDGEQ_WIRE_DONE;
    case EDGEQ_WIRE_WRITE:
      return write(server, fields, length);
    case EDGEQ_WIRE_RUN:
      return run(server);
    case EDGEQ_WIRE_RESET:
      if (!facts->reset) {
        return EDGEQ_WIRE_UNKNOWN;
      }
      facts->reset(server->model);
      server->ran = false;
      return EDGEQ_WIRE_DONE;
    case EDGEQ_WIRE_TENSORS:
      return tensors(server, fields, length);
    case EDGEQ_WIRE_READ:
    case EDGEQ_WIRE_LAYERS:
      return server->ran ? EDGEQ_WIRE_DONE : EDGEQ_WIRE_EARLY;
    default:
      return EDGEQ_WIRE_UNKNOWN;
  }
}

static uint8_t read(const edgeq_wire_server_t *server, const uint8_t *fields, uint16_t length,
                    answer_t *answer) {
  if (length != 5) {
    return EDGEQ_WIRE_BOUNDS;
  }
  const uint32_t offset = number(fields, 4), total = output_bytes(server->facts);
  const uint8_t count = fields[4];
  if (count > EDGEQ_WIRE_PAYLOAD - answer->used || offset > total || count > total - offset) {
    return EDGEQ_WIRE_BOUNDS;
  }
  add_outputs(server, answer, offset, count);
  return EDGEQ_WIRE_DONE;
}

static uint8_t layers(const edgeq_wire_server_t *server, const uint8_t *fields, uint16_t length,
                      answer_t *answer) {
  if (length != 2 || !server->traced) {
    return EDGEQ_WIRE_BOUNDS;
  }
  for (uint32_t k = number(fields, 2);
       k < server->facts->layers && answer->used + LAYER_BYTES <= EDGEQ_WIRE_PAYLOAD; ++k) {
    add(answer, server->facts->layer[k].microseconds, 4);
    add(answer, server->facts->layer[k].crc, 4);
  }
  return EDGEQ_WIRE_DONE;
}

/* What the answer says behind its token; the same each time that it is made. */
static uint8_t say(const edgeq_wire_server_t *server, uint8_t type, const uint8_t *fields,
                   uint16_t length, answer_t *answer) {
  uint32_t some;
  switch (type) {
    case EDGEQ_WIRE_HELLO:
      return hello(server, answer);
    case EDGEQ_WIRE_RUN:
      add(answer, server->microseconds, 4);
      some = EDGEQ_WIRE_PAYLOAD - answer->used;
      some = output_bytes(server->facts) < some ? output_bytes(server->facts) : some;
      add_outputs(server, answer, 0, some);
      return EDGEQ_WIRE_DONE;
    case EDGEQ_WIRE_READ:
      return read(server, fields, length, answer);
    case EDGEQ_WIRE_LAYERS:
      return layers(server, fields, length, answer);
    default:
      return EDGEQ_WIRE_DONE;
  }
}

/* A request with its fields behind the token. */
static uint8_t request(edgeq_wire_server_t *server, uint32_t token, const uint8_t *fields,
                       uint16_t length, answer_t *answer) {
  const uint8_t type = server->receiver.bytes[1];
  const bool again = server->greeted && token == server->token && type == server->type;
  if (!again) {
    if (type != EDGEQ_WIRE_HELLO && (!server->greeted || token != server->token + 1u)) {
      return EDGEQ_WIRE_STRANGE;
    }
    server->token = token;
    server->type = type;
    server->status = execute(server, type, fields, length);
  }
  return server->status == EDGEQ_WIRE_DONE ? say(server, type, fields, length, answer)
                                           : server->status;
}

static void refuse(edgeq_wire_server_t *server, answer_t *answer, uint32_t token, uint8_t why) {
  answer->used = 0;
  add(answer, token, 4);
  add(answer, why, 1);
  (void)edgeq_wire_send(server->put, EDGEQ_WIRE_REFUSED, server->sequence++, answer->bytes,
                        answer->used);
}

void edgeq_wire_serve(edgeq_wire_server_t *server, const edgeq_wire_model_t *facts, void *model,
                      edgeq_wire_put_t put, edgeq_wire_clock_t clock) {
  memset(server, 0, sizeof *server);
  server->facts = facts;
  server->model = model;
  server->put = put;
  server->clock = clock;
  edgeq_wire_begin(&server->receiver);
}

void edgeq_wire_server_take(edgeq_wire_server_t *server, uint8_t byte) {
  const edgeq_wire_receiver_t *const receiver = &server->receiver;
  answer_t answer;
  switch (edgeq_wire_take(&server->receiver, byte)) {
    case EDGEQ_WIRE_ARRIVED:
      break;
    case EDGEQ_WIRE_FOREIGN:
      server->put(0);
      refuse(server, &answer, 0, EDGEQ_WIRE_VERSIONS);
      return;
    default:
      return;
  }
  if (receiver->payload < TOKEN_BYTES) {
    return;
  }
  const uint8_t *const payload = receiver->bytes + EDGEQ_WIRE_HEADER;
  const uint32_t token = number(payload, TOKEN_BYTES);
  answer.used = 0;
  add(&answer, token, TOKEN_BYTES);
  const uint8_t status = request(server, token, payload + TOKEN_BYTES,
                                 (uint16_t)(receiver->payload - TOKEN_BYTES), &answer);
  server->put(0); /* ends whatever the board may have said before */
  if (status != EDGEQ_WIRE_DONE) {
    refuse(server, &answer, token, status);
    return;
  }
  (void)edgeq_wire_send(server->put, (uint8_t)(receiver->bytes[1] + EDGEQ_WIRE_ANSWER),
                        server->sequence++, answer.bytes, answer.used);
}
