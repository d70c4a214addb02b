#ifndef EDGEQ_PACKED_WEIGHTS_H
#define EDGEQ_PACKED_WEIGHTS_H

#include "common/edgeq_native.h"

/* Constant weights in fewer than 8 bits, decoded to int8 when they are needed. They come in rows,
 * such as filters, of `eights` times 8 codes, `bits` bytes for each 8.
 *
 * A code is an index into the row's table, one behind the other from the highest bit of each byte
 * on. Without tables it is an int4, two's complement: of the 4 bytes byte k has the codes k and 4 +
 * k, the first one above.
 */
typedef struct {
  int32_t bits, eights, rows;
  int32_t entries, sharing; /* values in a table; rows next to each other that share one */
  int32_t pairs_bytes;      /* of a table of pairs (packed_pairs.h); 0: there is none */
  /* [rows][eights][bits], 4-byte aligned; 3 bytes more for other than 4 bits */
  const EDGEQ_FLASH int8_t *codes;
  const EDGEQ_FLASH int8_t *tables; /* [rows / sharing][entries], or NULL */
} edgeq_packed_weights;

static inline const EDGEQ_FLASH int8_t *edgeq_packed_row(const EDGEQ_FLASH edgeq_packed_weights *p,
                                                         int32_t row) {
  return p->codes + row * p->eights * p->bits;
}

static inline const EDGEQ_FLASH int8_t *edgeq_packed_table(
    const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row) {
  return p->tables == NULL ? NULL : p->tables + row / p->sharing * p->entries;
}

/* Each function decodes `eights` times 8 codes, the first 8 to `to`, the next ones `step` bytes
 * behind. */

/* 8 of int4, each to 16 times its value: bytes of which one half is masked. */
static inline void edgeq_decode_eight_times_16(const EDGEQ_FLASH int8_t *codes, int8_t *to) {
#if EDGEQ_FLASH_APART
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

/* step and `to` are multiples of 4. */
static inline void edgeq_decode_int4_times_16(const EDGEQ_FLASH int8_t *codes, int8_t *to,
                                              int32_t eights, int32_t step) {
  EDGEQ_ROLLED
  for (; eights >= 4; eights -= 4, codes += 16, to += 4 * step) {
    edgeq_decode_eight_times_16(codes, to);
    edgeq_decode_eight_times_16(codes + 4, to + step);
    edgeq_decode_eight_times_16(codes + 8, to + 2 * step);
    edgeq_decode_eight_times_16(codes + 12, to + 3 * step);
  }
  EDGEQ_ROLLED
  for (; eights > 0; --eights, codes += 4, to += step) {
    edgeq_decode_eight_times_16(codes, to);
  }
}

static inline void edgeq_decode_int4(const EDGEQ_FLASH int8_t *codes, int8_t *to, int32_t eights,
                                     int32_t step) {
  EDGEQ_ROLLED
  for (; eights > 0; --eights, codes += 4, to += step) {
    EDGEQ_ROLLED
    for (int32_t k = 0; k < 4; ++k) {
      const uint8_t code = (uint8_t)codes[k];
      to[k] = (int8_t)((int8_t)code >> 4);
      to[4 + k] = (int8_t)((int8_t)(uint8_t)(code << 4) >> 4);
    }
  }
}

/* Indices of 4 bits: of each 8 the first 4 into one table, the others into another. */
static inline void edgeq_decode_nibbles(const EDGEQ_FLASH int8_t *codes,
                                        const EDGEQ_FLASH int8_t *first,
                                        const EDGEQ_FLASH int8_t *second, int8_t *to,
                                        int32_t eights, int32_t step) {
  EDGEQ_ROLLED
  for (; eights > 0; --eights, codes += 4, to += step) {
    for (int32_t k = 0; k < 4; k += 2) {
      const uint8_t one = (uint8_t)codes[k >> 1], other = (uint8_t)codes[2 + (k >> 1)];
      to[k] = first[one >> 4];
      to[k + 1] = first[one & 15];
      to[k + 4] = second[other >> 4];
      to[k + 5] = second[other & 15];
    }
  }
}

/* Indices of 1 to 7 bits, 4 of them from a word, in which they begin at its first or fifth bit. */
static inline void edgeq_decode_fours(const EDGEQ_FLASH int8_t *codes, int32_t bits,
                                      const EDGEQ_FLASH int8_t *first,
                                      const EDGEQ_FLASH int8_t *second, int8_t *to, int32_t eights,
                                      int32_t step) {
  const EDGEQ_FLASH int8_t *table = first;
  EDGEQ_ROLLED
  for (int32_t fours = 0; fours < 2 * eights; ++fours) {
    const EDGEQ_FLASH int8_t *const at = codes + (fours * bits >> 1);
    uint32_t held = (uint8_t)at[0]; /* opaque: a compiler would read an unaligned word */
    EDGEQ_OPAQUE(held);
    held = held << 8 | (uint8_t)at[1];
    EDGEQ_OPAQUE(held);
    held = held << 8 | (uint8_t)at[2];
    EDGEQ_OPAQUE(held);
    held = (held << 8 | (uint8_t)at[3]) << (4 * (fours * bits & 1));
    to[0] = table[held >> (32 - bits)];
    held <<= bits;
    to[1] = table[held >> (32 - bits)];
    held <<= bits;
    to[2] = table[held >> (32 - bits)];
    held <<= bits;
    to[3] = table[held >> (32 - bits)];
    to += fours & 1 ? step - 4 : 4;
    table = fours & 1 ? first : second;
  }
}

/* The codes of two rows by their tables: of each 8 the first 4 are of one row, the others of
 * another, or all of one. */
EDGEQ_NOINLINE static void edgeq_decode(const EDGEQ_FLASH int8_t *codes, int32_t bits,
                                        const EDGEQ_FLASH int8_t *first,
                                        const EDGEQ_FLASH int8_t *second, int8_t *to,
                                        int32_t eights, int32_t step) {
  if (first == NULL) {
    edgeq_decode_int4(codes, to, eights, step);
  } else if (bits == 4) {
    edgeq_decode_nibbles(codes, first, second, to, eights, step);
  } else {
    edgeq_decode_fours(codes, bits, first, second, to, eights, step);
  }
}

/* One row to `to`, 8 * eights bytes. */
static inline void edgeq_decode_row(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row,
                                    int8_t *to) {
  const EDGEQ_FLASH int8_t *const table = edgeq_packed_table(p, row);
  edgeq_decode(edgeq_packed_row(p, row), p->bits, table, table, to, p->eights, 8);
}

#endif
