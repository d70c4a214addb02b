#include "common/edgeq_native.h"
#include "softmax/reciprocal.h"

typedef struct {
  int32_t rows, depth;
  int32_t multiplier; /* beta * x_scale * 65535 / 10 */
  int8_t shift;
  const EDGEQ_FLASH int16_t *exp;     /* [513], exp(-10 ... 0) in Q0.15 */
  const EDGEQ_FLASH int16_t *inverse; /* [513], 1 / (1 + (0 ... 1)) in Q0.15 */
} edgeq_softmax_s16_params;

/* The table at x, clamped to int16, between its entries by 7 bits, ties up. */
static inline int32_t edgeq_softmax_s16_between(const EDGEQ_FLASH int16_t *table, int32_t x) {
  const int32_t v = edgeq_clamp(x, INT16_MIN, INT16_MAX), i = 256 + (v >> 7);
  const int32_t low = table[i], high = table[i + 1];
  return low + (((high - low) * (v & 0x7f) + 64) >> 7);
}

/* exp(beta * x_scale * (x[c] - max)) into y, in Q0.15; gives their sum. */
static int32_t edgeq_softmax_s16_exps(const EDGEQ_FLASH edgeq_softmax_s16_params *p,
                                      const int16_t *x, int16_t *y) {
  int32_t max = INT16_MIN, sum = 0;
  for (int32_t c = 0; c < p->depth; ++c) {
    max = edgeq_larger(max, x[c]);
  }
  for (int32_t c = 0; c < p->depth; ++c) {
    const int32_t scaled =
        edgeq_multiply_by_quantized_multiplier(x[c] - max, p->multiplier, p->shift);
    y[c] = (int16_t)edgeq_softmax_s16_between(p->exp, edgeq_wrapping_add(scaled, INT16_MAX));
    sum += y[c];
  }
  return sum;
}

/* SOFTMAX along the last axis on int16, zero points 0, output scale 2^-15.
 * x: [rows, depth], -32768 to 32767; depth at most 65535
 * y: [rows, depth], 0 to 32767; may be x itself
 */
EDGEQ_KERNEL void edgeq_softmax_s16(const EDGEQ_FLASH edgeq_softmax_s16_params *p, const int16_t *x,
                                    int16_t *y) {
  for (int32_t r = 0; r < p->rows; ++r, x += p->depth, y += p->depth) {
    const int32_t sum = edgeq_softmax_s16_exps(p, x, y);
    const int shift = 31 - edgeq_leading_zeros(sum);
    const uint32_t normal = (uint32_t)sum << (30 - shift);
    const int32_t mantissa = (int32_t)((normal + ((uint32_t)1 << 13)) >> 14);
    const int32_t inverse = edgeq_softmax_s16_between(p->inverse, mantissa - ((int32_t)3 << 15));
    for (int32_t c = 0; c < p->depth; ++c) {
      y[c] = (int16_t)edgeq_clamp((y[c] * inverse + ((int32_t)1 << shift >> 1)) >> shift, 0,
                                  INT16_MAX);
    }
  }
}
