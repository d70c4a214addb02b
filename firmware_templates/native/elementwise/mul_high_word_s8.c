#include "elementwise/elementwise.h"
#include "common/requantize.h"

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
  int32_t a_zero_point, b_zero_point;
  /* y = (v + offset - (v < 0)) >> exponent with v = round(product * multiplier / 2^31) */
  int32_t multiplier, offset, exponent;
} edgeq_mul_high_word_s8_params;

/* Where a product below 0 rounds to v = 0, y is the zero point as well, so the product's sign
 * serves for that of v. */
static inline int8_t edgeq_product_output(int32_t twice_product, int32_t multiplier, int32_t offset,
                                          int32_t exponent) {
  const int32_t sum = edgeq_add_high_word(offset, twice_product, multiplier);
  return (int8_t)edgeq_saturate_s8((sum + (twice_product >> 31)) >> exponent);
}

/* A run in which both operands advance. */
EDGEQ_NOINLINE static void edgeq_products(const EDGEQ_FLASH edgeq_mul_high_word_s8_params *p,
                                          const EDGEQ_FLASH int8_t *a, const EDGEQ_FLASH int8_t *b,
                                          int8_t *y) {
  const int32_t twice_a_zero = 2 * p->a_zero_point, b_zero = p->b_zero_point;
  const int32_t multiplier = p->multiplier, offset = p->offset, exponent = p->exponent;
  int32_t left = p->run;
  EDGEQ_ROLLED
  for (; left >= 4; left -= 4, a += 4, b += 4, y += 4) {
    y[0] = edgeq_product_output((2 * a[0] - twice_a_zero) * (b[0] - b_zero), multiplier, offset,
                                exponent);
    y[1] = edgeq_product_output((2 * a[1] - twice_a_zero) * (b[1] - b_zero), multiplier, offset,
                                exponent);
    y[2] = edgeq_product_output((2 * a[2] - twice_a_zero) * (b[2] - b_zero), multiplier, offset,
                                exponent);
    y[3] = edgeq_product_output((2 * a[3] - twice_a_zero) * (b[3] - b_zero), multiplier, offset,
                                exponent);
  }
  EDGEQ_ROLLED
  for (; left > 0; --left) {
    *y++ = edgeq_product_output((2 * *a++ - twice_a_zero) * (*b++ - b_zero), multiplier, offset,
                                exponent);
  }
}

/* A run of x times one factor. */
EDGEQ_NOINLINE static void edgeq_multiples(const EDGEQ_FLASH edgeq_mul_high_word_s8_params *p,
                                           const EDGEQ_FLASH int8_t *x, int8_t *y, int32_t zero,
                                           int32_t factor) {
  const int32_t multiplier = p->multiplier, offset = p->offset, exponent = p->exponent;
  const int32_t twice_factor = 2 * factor, off = zero * twice_factor;
  int32_t left = p->run;
  EDGEQ_ROLLED
  for (; left >= 4; left -= 4, x += 4, y += 4) {
    y[0] = edgeq_product_output(x[0] * twice_factor - off, multiplier, offset, exponent);
    y[1] = edgeq_product_output(x[1] * twice_factor - off, multiplier, offset, exponent);
    y[2] = edgeq_product_output(x[2] * twice_factor - off, multiplier, offset, exponent);
    y[3] = edgeq_product_output(x[3] * twice_factor - off, multiplier, offset, exponent);
  }
  EDGEQ_ROLLED
  for (; left > 0; --left) {
    *y++ = edgeq_product_output(*x++ * twice_factor - off, multiplier, offset, exponent);
  }
}

/* MUL on int8 whose factor a_scale * b_scale / y_scale is below 1/2, outputs of the full range;
 * either operand may be broadcast by the loop nest of the parameters.
 * a, b: -128 to 127; computed or constant
 * y: -128 to 127; may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_mul_high_word_s8(const EDGEQ_FLASH edgeq_mul_high_word_s8_params *p,
                                         const EDGEQ_FLASH int8_t *a, const EDGEQ_FLASH int8_t *b,
                                         int8_t *y) {
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;; y += p->run) {
    if (p->a_step == 0) {
      edgeq_multiples(p, b, y, p->b_zero_point, *a - p->a_zero_point);
    } else if (p->b_step == 0) {
      edgeq_multiples(p, a, y, p->a_zero_point, *b - p->b_zero_point);
    } else {
      edgeq_products(p, a, b, y);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
