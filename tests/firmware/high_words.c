/* Reads pairs of int32 and writes their product's high word and that word rounded to nearest, from
 * products of halves. */
#include <stdio.h>

#include "arch/portable/high_word_of_halves_rounded.h"

int main(void) {
  int32_t in[2];
  while (fread(in, sizeof in, 1, stdin) == 1) {
    const int32_t out[2] = {edgeq_high_word(in[0], in[1]), edgeq_high_word_rounded(in[0], in[1])};
    if (fwrite(out, sizeof out, 1, stdout) != 1) {
      return 1;
    }
  }
  return 0;
}
