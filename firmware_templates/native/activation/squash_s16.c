#include "activation/sigmoid_table.h"

/* Rendered for
 *   NAME          BITS  LAST    FINER  AT_ZERO
 *   logistic_s16  9     0x7fff  10     (int32_t)1 << 24
 *   tanh_s16      8     0xffff  8      0
 */
#define BITS 9
#define LAST 0x7fff
#define FINER 10
#define AT_ZERO (int32_t)1 << 24

typedef struct {
  int32_t elements;
  int32_t multiplier; /* x_scale * 3 * 4096 * 2^shift */
  int8_t shift;
  const EDGEQ_FLASH uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
} edgeq_NAME_params;

/* LOGISTIC and TANH on int16, zero points 0, output scale 2^-15: a table of the sigmoid for x >= 0,
 * read with BITS more bits, gives y in steps finer by FINER bits, at most LAST; below 0 the curve
 * is turned about the table's first value, in whose place it has AT_ZERO.
 * x: [elements], -32768 to 32767
 * y: [elements], 0 to 32767 of LOGISTIC, -32768 to 32767 of TANH; may be x itself
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const int16_t *x, int16_t *y) {
  const int32_t middle = (int32_t)1 << (BITS + 15);
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t v = edgeq_sigmoid_units(x[i], p->multiplier, p->shift);
    const int32_t below = edgeq_sign(v), magnitude = (v ^ below) - below;
    const int32_t above = edgeq_sigmoid_at(p->sigmoid, magnitude, BITS, (int32_t)LAST << FINER);
    const int32_t turned = (AT_ZERO) + ((above - middle) ^ below); /* ~v is -v - 1 */
    y[i] = (int16_t)((turned + ((int32_t)1 << (FINER - 1))) >> FINER);
  }
}
