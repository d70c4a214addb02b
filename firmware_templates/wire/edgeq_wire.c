#include "edgeq_wire.h"

#include <string.h>

#define CRC_BYTES 4u
#define WINDOW_HEADER 11u /* number, element type, offset, total */
#define NAME_BYTES 64u

/* By half bytes, so that its table is small. */
uint32_t edgeq_wire_crc(uint32_t crc, const void *bytes, uint32_t length) {
  static const uint32_t table[16] = {
      0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
      0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
      0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
  const uint8_t *place = bytes;
  crc = ~crc;
  for (; length != 0; --length) {
    crc ^= *place++;
    crc = (crc >> 4) ^ table[crc & 15u];
    crc = (crc >> 4) ^ table[crc & 15u];
  }
  return ~crc;
}

/* Integers are little-endian on the wire, whatever the processor's order is. */
static void store(uint8_t *place, uint32_t value, uint8_t bytes) {
  for (uint8_t i = 0; i < bytes; ++i) {
    place[i] = (uint8_t)(value >> (8u * i));
  }
}

static uint32_t load32(const uint8_t *place) {
  return (uint32_t)place[0] | (uint32_t)place[1] << 8 | (uint32_t)place[2] << 16 |
         (uint32_t)place[3] << 24;
}

void edgeq_wire_begin(edgeq_wire_receiver_t *receiver) {
  receiver->length = 0;
  receiver->payload = 0;
  receiver->left = 0;
  receiver->zero = false;
  receiver->ended = false;
  receiver->broken = false;
}

static void keep(edgeq_wire_receiver_t *receiver, uint8_t byte) {
  if (receiver->length == EDGEQ_WIRE_FRAME) {
    receiver->broken = true;
    return;
  }
  receiver->bytes[receiver->length++] = byte;
}

/* Judges the frame that a byte of zero ended. */
static edgeq_wire_event_t end(edgeq_wire_receiver_t *receiver) {
  const bool empty = receiver->length == 0 && receiver->left == 0 && !receiver->zero;
  receiver->ended = true;
  if (empty) {
    return EDGEQ_WIRE_NOTHING; /* zeros between frames mean nothing */
  }
  if (receiver->broken || receiver->left != 0 || receiver->length < EDGEQ_WIRE_HEADER + CRC_BYTES) {
    return EDGEQ_WIRE_DAMAGED;
  }
  const uint16_t checked = (uint16_t)(receiver->length - CRC_BYTES);
  if (edgeq_wire_crc(0, receiver->bytes, checked) != load32(receiver->bytes + checked)) {
    return EDGEQ_WIRE_DAMAGED;
  }
  receiver->payload = (uint16_t)(checked - EDGEQ_WIRE_HEADER);
  return receiver->bytes[0] == EDGEQ_WIRE_VERSION ? EDGEQ_WIRE_ARRIVED : EDGEQ_WIRE_FOREIGN;
}

edgeq_wire_event_t edgeq_wire_take(edgeq_wire_receiver_t *receiver, uint8_t byte) {
  if (receiver->ended) {
    edgeq_wire_begin(receiver);
  }
  if (byte == 0) {
    return end(receiver);
  }
  if (receiver->left != 0) {
    --receiver->left;
    keep(receiver, byte);
    return EDGEQ_WIRE_NOTHING;
  }
  if (receiver->zero) {
    keep(receiver, 0);
  }
  receiver->left = (uint8_t)(byte - 1u);
  receiver->zero = byte != 0xFFu;
  return EDGEQ_WIRE_NOTHING;
}

/* Some bytes of a frame, which lie wherever they are. */
typedef struct {
  const uint8_t *bytes;
  uint16_t length;
} part_t;

static uint8_t byte_at(const part_t *part, uint16_t place) {
  for (; place >= part->length; ++part) {
    place = (uint16_t)(place - part->length);
  }
  return part->bytes[place];
}

/* Sends COBS of fewer than 255 bytes, where every block but the last ends at a zero. */
static void put_stuffed(edgeq_wire_put_t put, const part_t *parts, uint16_t length) {
  uint16_t start = 0;
  for (uint16_t i = 0; i <= length; ++i) {
    if (i == length || byte_at(parts, i) == 0) {
      put((uint8_t)(i - start + 1u));
      for (uint16_t k = start; k < i; ++k) {
        put(byte_at(parts, k));
      }
      start = (uint16_t)(i + 1u);
    }
  }
  put(0);
}

bool edgeq_wire_send_joined(edgeq_wire_put_t put, uint8_t type, uint8_t sequence,
                            const uint8_t *head, uint16_t head_length, const uint8_t *rest,
                            uint16_t rest_length) {
  const uint8_t header[EDGEQ_WIRE_HEADER] = {EDGEQ_WIRE_VERSION, type, sequence};
  uint8_t crc[CRC_BYTES];
  const part_t parts[] = {
      {header, sizeof header}, {head, head_length}, {rest, rest_length}, {crc, sizeof crc}};
  if ((uint32_t)head_length + rest_length > EDGEQ_WIRE_PAYLOAD) {
    return false;
  }
  uint32_t checked = edgeq_wire_crc(0, header, sizeof header);
  checked = edgeq_wire_crc(checked, head, head_length);
  store(crc, edgeq_wire_crc(checked, rest, rest_length), CRC_BYTES);
  put_stuffed(put, parts, (uint16_t)(EDGEQ_WIRE_HEADER + head_length + rest_length + CRC_BYTES));
  return true;
}

bool edgeq_wire_send(edgeq_wire_put_t put, uint8_t type, uint8_t sequence, const uint8_t *payload,
                     uint16_t length) {
  return edgeq_wire_send_joined(put, type, sequence, payload, length, NULL, 0);
}

/* The value of an element, of which the wire takes the lowest bytes. */
static uint32_t element(uint8_t size, const uint8_t *place) {
  uint16_t half;
  uint32_t word;
  if (size == 1) {
    return *place;
  }
  if (size == 2) {
    memcpy(&half, place, sizeof half);
    return half;
  }
  memcpy(&word, place, sizeof word);
  return word;
}

bool edgeq_wire_send_window(edgeq_wire_put_t put, uint8_t *sequence, uint16_t window,
                            uint8_t element_type, const void *elements, uint32_t count) {
  static const uint8_t sizes[] = {0, 1, 1, 2, 4, 4};
  if (element_type == 0 || element_type >= sizeof sizes) {
    return false;
  }
  uint8_t payload[EDGEQ_WIRE_PAYLOAD];
  const uint8_t size = sizes[element_type];
  const uint32_t total = count * size;
  const uint8_t *place = elements;
  uint16_t used = WINDOW_HEADER;
  store(payload, window, 2);
  payload[2] = element_type;
  store(payload + 7, total, 4);
  for (uint32_t done = 0; done < total; done += size) {
    if (used == WINDOW_HEADER) {
      store(payload + 3, done, 4);
    }
    store(payload + used, element(size, place + done), size);
    used = (uint16_t)(used + size);
    if (used + size > EDGEQ_WIRE_PAYLOAD || done + size == total) {
      (void)edgeq_wire_send(put, EDGEQ_WIRE_WINDOW, (*sequence)++, payload, used);
      used = WINDOW_HEADER;
    }
  }
  return true;
}

void edgeq_wire_send_result(edgeq_wire_put_t put, uint8_t *sequence, uint16_t window,
                            uint32_t microseconds, uint16_t best, float score, const char *name) {
  uint8_t payload[12 + NAME_BYTES];
  uint32_t bits;
  uint16_t used = 12;
  memcpy(&bits, &score, sizeof bits);
  store(payload, window, 2);
  store(payload + 2, microseconds, 4);
  store(payload + 6, best, 2);
  store(payload + 8, bits, 4);
  for (; used < sizeof payload && *name != '\0'; ++name) {
    payload[used++] = (uint8_t)*name;
  }
  (void)edgeq_wire_send(put, EDGEQ_WIRE_RESULT, (*sequence)++, payload, used);
}
