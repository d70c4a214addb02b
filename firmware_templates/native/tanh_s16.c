#include "edgeq_native.h"
#include "squash16.h"

typedef struct {
  int32_t elements;
  int32_t multiplier; /* x_scale * 3 * 4096 * 2^shift */
  int8_t shift;
  const EDGEQ_FLASH uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
} edgeq_tanh_s16_params;

/* TANH on int16, zero points 0, output scale 2^-15.
 * x: [elements], -32768 to 32767
 * y: [elements], -32768 to 32767; may be x itself
 */
EDGEQ_KERNEL void edgeq_tanh_s16(const EDGEQ_FLASH edgeq_tanh_s16_params *p, const int16_t *x, int16_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    const int32_t v = edgeq_sigmoid_units(x[i], p->multiplier, p->shift);
    const int32_t below = edgeq_sign(v), magnitude = (v ^ below) - below, half = (int32_t)1 << 23;
    const int32_t above = edgeq_sigmoid_at(p->sigmoid, magnitude, 8, (int32_t)0xffff << 8);
    y[i] = (int16_t)((((above - half) ^ below) + 128) >> 8); /* ~v is -v - 1 */
  }
}
