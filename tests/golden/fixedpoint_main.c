/* Answers lines "name a b c" on standard input with what edgeq's C computes, so that it reads Python's vectors. */
#include <stdio.h>

#include "common/edgeq_native.h"
#include "softmax/logarithm.h"
#include "softmax/reciprocal.h"

static int32_t answer(const char *name, int32_t a, int32_t b, int32_t c) {
  if (!strcmp(name, "saturating_rounding_doubling_high_mul")) {
    return edgeq_saturating_rounding_doubling_high_mul(a, b);
  }
  if (!strcmp(name, "rounding_divide_by_pot")) {
    return edgeq_rounding_divide_by_pot(a, (int)b);
  }
  if (!strcmp(name, "multiply_by_quantized_multiplier")) {
    return edgeq_multiply_by_quantized_multiplier(a, b, (int)c);
  }
  if (!strcmp(name, "saturating_shift_left")) {
    return edgeq_saturating_shift_left(a, (int)b);
  }
  if (!strcmp(name, "one_over_one_plus_x")) {
    return edgeq_one_over_one_plus_x(a);
  }
  if (!strcmp(name, "log_q12_to_q5")) {
    return edgeq_log_q12_to_q5(a);
  }
  int bits = 0;
  const int32_t inverse = edgeq_reciprocal(a, (int)b, &bits);
  return strcmp(name, "reciprocal_bits") ? inverse : (int32_t)bits;
}

int main(void) {
  char name[64];
  long a, b, c;
  while (scanf("%63s %ld %ld %ld", name, &a, &b, &c) == 4) {
    printf("%ld\n", (long)answer(name, (int32_t)a, (int32_t)b, (int32_t)c));
  }
  return 0;
}
