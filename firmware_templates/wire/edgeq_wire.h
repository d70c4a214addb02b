/* Frames between a board and a computer: docs/wire.md of edgeq describes their bytes.
 *
 * A frame is COBS of [version, type, sequence, payload, CRC-32], and a byte of zero. Nothing here
 * allocates, and whatever arrives, no more than one frame's bytes are kept. */
#ifndef EDGEQ_WIRE_H
#define EDGEQ_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#define EDGEQ_WIRE_VERSION 1
#define EDGEQ_WIRE_PAYLOAD 240u                     /* bytes of payload in a frame, at most */
#define EDGEQ_WIRE_HEADER 3u                        /* version, type, sequence */
#define EDGEQ_WIRE_FRAME (EDGEQ_WIRE_PAYLOAD + 7u) /* with header and CRC */

/* Types of the frames that a sketch sends by itself. */
#define EDGEQ_WIRE_WINDOW 0x10
#define EDGEQ_WIRE_RESULT 0x11

/* Element types of a window. */
#define EDGEQ_WIRE_INT8 1
#define EDGEQ_WIRE_UINT8 2
#define EDGEQ_WIRE_INT16 3
#define EDGEQ_WIRE_INT32 4
#define EDGEQ_WIRE_FLOAT32 5

#ifdef __cplusplus
extern "C" {
#endif

/* Sends one byte; the project's own, for its UART, USB or Serial. */
typedef void (*edgeq_wire_put_t)(uint8_t byte);

typedef enum {
  EDGEQ_WIRE_NOTHING, /* no frame has ended */
  EDGEQ_WIRE_ARRIVED, /* a whole frame, its CRC right */
  EDGEQ_WIRE_DAMAGED, /* a frame too short, too long, or with a wrong CRC */
  EDGEQ_WIRE_FOREIGN  /* a whole frame of another version of the protocol */
} edgeq_wire_event_t;

typedef struct {
  uint8_t bytes[EDGEQ_WIRE_FRAME]; /* after ARRIVED: version, type, sequence, payload, CRC */
  uint16_t length;                 /* of them, that have arrived */
  uint16_t payload;                /* bytes of payload, from bytes[3], after ARRIVED */
  uint8_t left;                    /* bytes of the COBS block that are to come */
  bool zero;                       /* a zero stands between this block and the next */
  bool ended;                      /* the next byte begins a frame */
  bool broken;                     /* the frame is too long */
} edgeq_wire_receiver_t;

/* CRC-32 of IEEE 802.3, as zlib computes it. `crc` is that of what is in front of the bytes, 0 of
 * nothing. */
uint32_t edgeq_wire_crc(uint32_t crc, const void *bytes, uint32_t length);

/* Makes a receiver ready for the first byte of a frame. */
void edgeq_wire_begin(edgeq_wire_receiver_t *receiver);

/* Takes one byte that arrived. The frame stays in the receiver until the next byte is taken. */
edgeq_wire_event_t edgeq_wire_take(edgeq_wire_receiver_t *receiver, uint8_t byte);

/* Sends a frame. Gives false, and sends nothing, for a payload of more than EDGEQ_WIRE_PAYLOAD. */
bool edgeq_wire_send(edgeq_wire_put_t put, uint8_t type, uint8_t sequence, const uint8_t *payload,
                     uint16_t length);

/* Sends a frame whose payload is that of `head` and then that of `rest`, straight from where they
 * lie. Gives false, and sends nothing, for more than EDGEQ_WIRE_PAYLOAD together. */
bool edgeq_wire_send_joined(edgeq_wire_put_t put, uint8_t type, uint8_t sequence,
                            const uint8_t *head, uint16_t head_length, const uint8_t *rest,
                            uint16_t rest_length);

/* Sends a window of `count` elements in as many frames as it takes. `window` numbers the windows,
 * `*sequence` the frames. Gives false, and sends nothing, for an unknown type of element. */
bool edgeq_wire_send_window(edgeq_wire_put_t put, uint8_t *sequence, uint16_t window,
                            uint8_t element_type, const void *elements, uint32_t count);

/* Sends the class of a window: its index, its score, its name in UTF-8 (the first 64 bytes), and
 * the microseconds that the inference took. */
void edgeq_wire_send_result(edgeq_wire_put_t put, uint8_t *sequence, uint16_t window,
                            uint32_t microseconds, uint16_t best, float score, const char *name);

#ifdef __cplusplus
}
#endif

#endif
