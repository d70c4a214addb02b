#ifndef EDGEQ_PACKED_PAIRS_H
#define EDGEQ_PACKED_PAIRS_H

#include "weights/packed_weights.h"

/* Two indices next to each other are one index into a table of pairs, which halves the work of
 * decoding where enough weights share a table. It is made in scratch. */

/* The table of pairs of a row. */
EDGEQ_NOINLINE static void edgeq_pair_up(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row,
                                         int8_t *pairs) {
  const EDGEQ_FLASH int8_t *const table = edgeq_packed_table(p, row);
  for (int32_t i = 0; i < p->entries; ++i) {
    int8_t *to = pairs + (i << (p->bits + 1));
    EDGEQ_ROLLED
    for (int32_t k = 0; k < p->entries; ++k, to += 2) {
      to[0] = table[i];
      to[1] = table[k];
    }
  }
}

/* Indices of 2, 3 or 4 bits by a table of pairs; `to` is a multiple of 2. */
EDGEQ_NOINLINE static void edgeq_decode_pairs(const EDGEQ_FLASH int8_t *codes, int32_t bits,
                                              const int8_t *pairs, int8_t *to, int32_t eights,
                                              int32_t step) {
  if (bits == 4) {
    EDGEQ_ROLLED
    for (; eights > 0; --eights, codes += 4, to += step) {
      EDGEQ_COPY_PAIR(to, pairs + 2 * (uint8_t)codes[0]);
      EDGEQ_COPY_PAIR(to + 2, pairs + 2 * (uint8_t)codes[1]);
      EDGEQ_COPY_PAIR(to + 4, pairs + 2 * (uint8_t)codes[2]);
      EDGEQ_COPY_PAIR(to + 6, pairs + 2 * (uint8_t)codes[3]);
    }
  } else if (bits == 3) {
    EDGEQ_ROLLED
    for (; eights > 0; --eights, codes += 3, to += step) {
      const uint32_t first = (uint8_t)codes[0], second = (uint8_t)codes[1],
                     third = (uint8_t)codes[2];
      EDGEQ_COPY_PAIR(to, pairs + 2 * (first >> 2));
      EDGEQ_COPY_PAIR(to + 2, pairs + 2 * ((first << 4 & 48) | second >> 4));
      EDGEQ_COPY_PAIR(to + 4, pairs + 2 * ((second << 2 & 60) | third >> 6));
      EDGEQ_COPY_PAIR(to + 6, pairs + 2 * (third & 63));
    }
  } else {
    EDGEQ_ROLLED
    for (; eights > 0; --eights, codes += 2, to += step) {
      const uint32_t first = (uint8_t)codes[0], second = (uint8_t)codes[1];
      EDGEQ_COPY_PAIR(to, pairs + 2 * (first >> 4));
      EDGEQ_COPY_PAIR(to + 2, pairs + 2 * (first & 15));
      EDGEQ_COPY_PAIR(to + 4, pairs + 2 * (second >> 4));
      EDGEQ_COPY_PAIR(to + 6, pairs + 2 * (second & 15));
    }
  }
}

/* One row to `to`, 8 * eights bytes; pairs: the row's table of pairs, where there is one. */
static inline void edgeq_decode_paired_row(const EDGEQ_FLASH edgeq_packed_weights *p, int32_t row,
                                           const int8_t *pairs, int8_t *to) {
  if (p->pairs_bytes > 0) {
    edgeq_decode_pairs(edgeq_packed_row(p, row), p->bits, pairs, to, p->eights, 8);
  } else {
    edgeq_decode_row(p, row, to);
  }
}

#endif
