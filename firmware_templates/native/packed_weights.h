#ifndef EDGEQ_PACKED_WEIGHTS_H
#define EDGEQ_PACKED_WEIGHTS_H

#include "edgeq_native.h"

/* Constant weights in fewer than 8 bits, decoded to int8 when they are needed. They come in rows, such as filters, of
 * `eights` times 8 codes, `bits` bytes for each 8.
 *
 * A code is an index into the row's table; without tables it is an int4, two's complement. Codes of 4 bits lie in bytes
 * of two, byte k having the codes k and 4 + k, the first one above; others one behind the other from the lowest bit on.
 */
typedef struct {
  int32_t bits, eights, rows;
  int32_t entries, sharing;          /* values in a table; rows next to each other that share one */
  const EDGEQ_FLASH int8_t *codes;   /* [rows][eights][bits], 4-byte aligned */
  const EDGEQ_FLASH int8_t *tables;  /* [rows / sharing][entries], or NULL */
} edgeq_packed_weights;

static inline const EDGEQ_FLASH int8_t *edgeq_packed_row(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row) {
  return p->codes + row * p->eights * p->bits;
}

static inline const EDGEQ_FLASH int8_t *edgeq_packed_table(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row) {
  return p->tables == NULL ? NULL : p->tables + row / p->sharing * p->entries;
}

/* Each function decodes `eights` times 8 codes, the first 8 to `to`, the next ones `step` bytes behind. */

/* int4, each to 16 times its value: bytes of which one half is masked. step and `to` are multiples of 4. */
static inline void edgeq_decode_int4_times_16(const EDGEQ_FLASH int8_t *codes, int8_t *to, int32_t eights,
                                              int32_t step) {
  for (; eights > 0; --eights, codes += 4, to += step) {
#if defined(__AVR__)
    for (uint8_t k = 0; k < 4; ++k) {
      const uint8_t code = (uint8_t)codes[k];
      to[k] = (int8_t)(code & 0xf0);
      to[4 + k] = (int8_t)(uint8_t)(code << 4);
    }
#else
    uint32_t word = 0;
    EDGEQ_COPY_WORD(&word, codes);
    const uint32_t first = word & 0xf0f0f0f0u, second = (word << 4) & 0xf0f0f0f0u;
    EDGEQ_COPY_WORD(to, &first);
    EDGEQ_COPY_WORD(to + 4, &second);
#endif
  }
}

static inline void edgeq_decode_int4(const EDGEQ_FLASH int8_t *codes, int8_t *to, int32_t eights, int32_t step) {
  for (; eights > 0; --eights, codes += 4, to += step) {
    for (int32_t k = 0; k < 4; ++k) {
      const uint8_t code = (uint8_t)codes[k];
      to[k] = (int8_t)((int8_t)code >> 4);
      to[4 + k] = (int8_t)((int8_t)(uint8_t)(code << 4) >> 4);
    }
  }
}

/* Indices of 4 bits: of each 8 the first 4 into one table, the others into another. */
static inline void edgeq_decode_nibbles(const EDGEQ_FLASH int8_t *codes, const EDGEQ_FLASH int8_t *first,
                                        const EDGEQ_FLASH int8_t *second, int8_t *to, int32_t eights, int32_t step) {
  for (; eights > 0; --eights, codes += 4, to += step) {
    for (int32_t k = 0; k < 4; ++k) {
      const uint8_t code = (uint8_t)codes[k];
      to[k] = first[code >> 4];
      to[4 + k] = second[code & 15];
    }
  }
}

/* Indices of 1 to 7 bits, 4 of them at a time: these are whole bytes, or end or begin within one. */
static inline void edgeq_decode_indices(const EDGEQ_FLASH int8_t *codes, const EDGEQ_FLASH int8_t *first,
                                        const EDGEQ_FLASH int8_t *second, int8_t *to, int32_t eights, int32_t step,
                                        int32_t bits) {
  const uint32_t mask = ((uint32_t)1 << bits) - 1;
  uint32_t held = 0;
  int32_t count = 0;
  for (; eights > 0; --eights, to += step) {
    for (int32_t k = 0; k < 8; ++k) {
      if ((k & 3) == 0) {
        for (; count < 4 * bits; count += 8) {
          held |= (uint32_t)(uint8_t)*codes++ << count;
        }
        count -= 4 * bits;
      }
      to[k] = (k < 4 ? first : second)[held & mask];
      held >>= bits;
    }
  }
}

/* Codes that share their rows' tables, first and second; the same table twice where all 8 are of one row. */
EDGEQ_NOINLINE static void edgeq_decode(const EDGEQ_FLASH int8_t *codes, int32_t bits,
                                        const EDGEQ_FLASH int8_t *first, const EDGEQ_FLASH int8_t *second, int8_t *to,
                                        int32_t eights, int32_t step) {
  if (first == NULL) {
    edgeq_decode_int4(codes, to, eights, step);
  } else if (bits == 4) {
    edgeq_decode_nibbles(codes, first, second, to, eights, step);
  } else {
    edgeq_decode_indices(codes, first, second, to, eights, step, bits);
  }
}

/* One row to `to`, 8 * eights bytes. */
static inline void edgeq_decode_row(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row, int8_t *to) {
  const EDGEQ_FLASH int8_t *const table = edgeq_packed_table(p, row);
  edgeq_decode(edgeq_packed_row(p, row), p->bits, table, table, to, p->eights, 8);
}

#endif
