/* The harness's arithmetic for Xtensa lx106 under other names, against this machine's own on corners and at random. */
#define __mulsf3 own_mulsf3
#define __addsf3 own_addsf3
#define __subsf3 own_subsf3
#define __floatsisf own_floatsisf
#define __floatunsisf own_floatunsisf
#define __divsi3 own_divsi3
#define __modsi3 own_modsi3
#define __udivsi3 own_udivsi3
#define __umodsi3 own_umodsi3
#define __muldi3 own_muldi3
#define __divdi3 own_divdi3
#define __udivdi3 own_udivdi3
#include "lx106.c"

#include <stdio.h>

static uint64_t state = UINT64_C(88172645463325252);

/* xorshift64 */
static uint32_t random_word(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

/* Zeros, infinities, NaN, the ends of the normal and subnormal numbers, numbers near each other, anything. */
static float random_real(void) {
  static const uint32_t corners[] = {0, SIGN, 1, INFINITE, SIGN | INFINITE, NOT_A_NUMBER, 0x3F800000u, INFINITE - 1u,
                                     HIDDEN, HIDDEN - 1u, SIGN | 1u, 0x33800000u};
  const uint32_t kind = random_word() % 8, bits = random_word();
  if (kind == 0) {
    return from_bits(corners[bits % 12]);
  }
  if (kind == 1) {
    return from_bits(bits & (SIGN | (2 * HIDDEN - 1u)));
  }
  return from_bits(kind < 5 ? (bits & (SIGN | (HIDDEN - 1u))) | (100 + random_word() % 54) << 23 : bits);
}

static int32_t random_integer(void) {
  const int32_t x = (int32_t)(random_word() >> random_word() % 32);
  return random_word() & 1u && x != INT32_MIN ? -x : x;
}

static int64_t random_long(void) {
  return (int64_t)(((uint64_t)random_word() << 32 | random_word()) >> random_word() % 64);
}

static int same(float a, float b) {
  return (a != a && b != b) || bits_of(a) == bits_of(b);
}

static int reals_agree(float a, float b) {
  return same(a * b, own_mulsf3(a, b)) && same(a + b, own_addsf3(a, b)) && same(a - b, own_subsf3(a, b));
}

static int integers_agree(int32_t a, int32_t b) {
  const uint32_t c = (uint32_t)a, d = (uint32_t)b;
  const int floats = same((float)a, own_floatsisf(a)) && same((float)c, own_floatunsisf(c));
  if (b == 0 || (b == -1 && a == INT32_MIN)) {
    return floats;
  }
  return floats && a / b == own_divsi3(a, b) && a % b == own_modsi3(a, b) && c / d == own_udivsi3(c, d) &&
         c % d == own_umodsi3(c, d);
}

static int longs_agree(int64_t a, int64_t b) {
  const uint64_t c = (uint64_t)a, d = (uint64_t)b;
  if ((int64_t)(c * d) != own_muldi3(a, b)) {
    return 0;
  }
  return b == 0 || (b == -1 && a == INT64_MIN) || (a / b == own_divdi3(a, b) && c / d == own_udivdi3(c, d));
}

int main(void) {
  long wrong = 0;
  for (long i = 0; i < 1000000; ++i) {
    wrong += !reals_agree(random_real(), random_real());
    wrong += !integers_agree(random_integer(), random_integer());
    wrong += !longs_agree(random_long(), random_long());
  }
  printf("%ld wrong\n", wrong);
  return 0;
}
