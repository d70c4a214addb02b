/* The logistic function and tanh of int16 by a table of the first, results in 2^-15. */
#ifndef EDGEQ_SQUASH_H
#define EDGEQ_SQUASH_H

#include "activation/sigmoid_table.h"

/* The table of the sigmoid for x >= 0, read with `bits` more bits, gives y in steps finer by
 * `finer` bits, at most `last`; below 0 the curve is turned about the table's first value, in whose
 * place it has `at_zero`. v: in units of the table */
static inline int16_t edgeq_turned_sigmoid(const EDGEQ_FLASH uint16_t *sigmoid, int32_t v, int bits,
                                           int32_t last, int finer, int32_t at_zero) {
  const int32_t middle = (int32_t)1 << (bits + 15);
  const int32_t below = edgeq_sign(v), magnitude = (v ^ below) - below;
  const int32_t above =
      edgeq_sigmoid_at(sigmoid, magnitude, bits, last * ((int32_t)1 << finer));
  const int32_t turned = at_zero + ((above - middle) ^ below); /* ~v is -v - 1 */
  return (int16_t)((turned + ((int32_t)1 << (finer - 1))) >> finer);
}

static inline int16_t edgeq_logistic_16(const EDGEQ_FLASH uint16_t *sigmoid, int32_t v) {
  return edgeq_turned_sigmoid(sigmoid, v, 9, 0x7fff, 10, (int32_t)1 << 24);
}

static inline int16_t edgeq_tanh_16(const EDGEQ_FLASH uint16_t *sigmoid, int32_t v) {
  return edgeq_turned_sigmoid(sigmoid, v, 8, 0xffff, 8, 0);
}

#endif
