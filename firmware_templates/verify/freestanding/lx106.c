/* Arithmetic that Debian's libgcc for Xtensa lx106 leaves out, because the chip's ROM holds it. */
#include <stdint.h>

int32_t __divsi3(int32_t a, int32_t b);
int32_t __modsi3(int32_t a, int32_t b);
uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int64_t __muldi3(int64_t a, int64_t b);
int64_t __divdi3(int64_t a, int64_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);

static uint32_t magnitude(int32_t x) {
  return x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
}

static uint64_t magnitude64(int64_t x) {
  return x < 0 ? (uint64_t)0 - (uint64_t)x : (uint64_t)x;
}

/* Long division, bit by bit from where the divisor's highest bit meets the dividend's. */
uint32_t __udivsi3(uint32_t a, uint32_t b) {
  uint32_t quotient = 0, bit = 1;
  while (b < a && (int32_t)b > 0) {
    b <<= 1;
    bit <<= 1;
  }
  for (; bit != 0 && b != 0; bit >>= 1, b >>= 1) {
    if (a >= b) {
      a -= b;
      quotient |= bit;
    }
  }
  return quotient;
}

uint32_t __umodsi3(uint32_t a, uint32_t b) {
  return a - __udivsi3(a, b) * b;
}

int32_t __divsi3(int32_t a, int32_t b) {
  const uint32_t quotient = __udivsi3(magnitude(a), magnitude(b));
  return (int32_t)((a ^ b) < 0 ? 0u - quotient : quotient);
}

int32_t __modsi3(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a - (uint32_t)__divsi3(a, b) * (uint32_t)b);
}

uint64_t __udivdi3(uint64_t a, uint64_t b) {
  uint64_t quotient = 0, bit = 1;
  while (b < a && (int64_t)b > 0) {
    b <<= 1;
    bit <<= 1;
  }
  for (; bit != 0 && b != 0; bit >>= 1, b >>= 1) {
    if (a >= b) {
      a -= b;
      quotient |= bit;
    }
  }
  return quotient;
}

int64_t __divdi3(int64_t a, int64_t b) {
  const uint64_t quotient = __udivdi3(magnitude64(a), magnitude64(b));
  return (int64_t)((a ^ b) < 0 ? (uint64_t)0 - quotient : quotient);
}

int64_t __muldi3(int64_t a, int64_t b) {
  const uint32_t a0 = (uint32_t)a, a1 = (uint32_t)((uint64_t)a >> 32);
  const uint32_t b0 = (uint32_t)b, b1 = (uint32_t)((uint64_t)b >> 32);
  const uint32_t low = (a0 & 0xFFFFu) * (b0 & 0xFFFFu);
  const uint32_t left = (a0 >> 16) * (b0 & 0xFFFFu);
  const uint32_t right = (a0 & 0xFFFFu) * (b0 >> 16);
  const uint32_t middle = (low >> 16) + (left & 0xFFFFu) + (right & 0xFFFFu);
  const uint32_t high = (a0 >> 16) * (b0 >> 16) + (left >> 16) + (right >> 16) + (middle >> 16);
  const uint32_t top = high + a0 * b1 + a1 * b0;
  return (int64_t)((uint64_t)top << 32 | (middle << 16 | (low & 0xFFFFu)));
}

/* Single precision, rounded to nearest, ties to even. A number is sign, exponent and 24 bits of significand. */
#define SIGN UINT32_C(0x80000000)
#define INFINITE UINT32_C(0x7F800000)
#define NOT_A_NUMBER UINT32_C(0x7FC00000)
#define HIDDEN UINT32_C(0x00800000)

float __mulsf3(float a, float b);
float __addsf3(float a, float b);
float __subsf3(float a, float b);
float __floatsisf(int32_t a);
float __floatunsisf(uint32_t a);

static float from_bits(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* The significand of a finite number, scaled so that `*exponent` is at least 1. */
static uint32_t split(uint32_t bits, int32_t *exponent) {
  *exponent = (int32_t)(bits >> 23 & 0xFFu);
  if (*exponent == 0) {
    *exponent = 1;
    return bits & (HIDDEN - 1u);
  }
  return (bits & (HIDDEN - 1u)) | HIDDEN;
}

/* m * 2^(exponent - 157) with the sign of `sign`; m holds a sticky bit below all others. */
static float rounded(uint32_t sign, int32_t exponent, uint32_t m) {
  if (m == 0) {
    return from_bits(sign);
  }
  for (; m < SIGN; m <<= 1) {
    --exponent;
  }
  /* m * 2^(exponent - 157), m in [2^31, 2^32): the biased exponent is `exponent` + 1 */
  int32_t biased = exponent + 1;
  for (; biased < 1; ++biased) {
    m = m >> 1 | (m & 1u);
  }
  const uint32_t rest = m & 0xFFu;
  uint32_t kept = m >> 8;
  kept += rest > 0x80u || (rest == 0x80u && (kept & 1u) != 0);
  const uint32_t bits = kept >= HIDDEN ? ((uint32_t)(biased - 1) << 23) + kept : kept; /* a carry moves up */
  return from_bits(sign | (bits >= INFINITE || biased > 254 ? INFINITE : bits));
}

float __mulsf3(float a, float b) {
  const uint32_t x = bits_of(a), y = bits_of(b), sign = (x ^ y) & SIGN, p = x & ~SIGN, q = y & ~SIGN;
  if (p > INFINITE || q > INFINITE || (p == INFINITE && q == 0) || (q == INFINITE && p == 0)) {
    return from_bits(NOT_A_NUMBER);
  }
  if (p == INFINITE || q == INFINITE) {
    return from_bits(sign | INFINITE);
  }
  int32_t ex, ey;
  const uint32_t m = split(p, &ex), n = split(q, &ey);
  uint64_t product = (uint64_t)m * n; /* below 2^48, unit 2^(ex + ey - 300) */
  int32_t exponent = ex + ey - 300 + 16 + 157;
  for (; product != 0 && product >> 47 == 0; product <<= 1) {
    --exponent; /* subnormal factors have fewer bits; all count */
  }
  return rounded(sign, exponent, (uint32_t)(product >> 16) | ((product & 0xFFFFu) != 0));
}

float __addsf3(float a, float b) {
  uint32_t x = bits_of(a), y = bits_of(b);
  if ((y & ~SIGN) > (x & ~SIGN)) {
    const uint32_t z = x;
    x = y;
    y = z;
  }
  const uint32_t p = x & ~SIGN, q = y & ~SIGN;
  if (p > INFINITE || (p == INFINITE && q == INFINITE && x != y)) {
    return from_bits(NOT_A_NUMBER);
  }
  if (p == INFINITE) {
    return from_bits(x);
  }
  int32_t ex, ey;
  const uint32_t m = split(p, &ex) << 6; /* below 2^30, so that a sum fits; unit 2^(ex - 156) */
  uint32_t n = split(q, &ey) << 6;
  const int32_t distance = ex - ey;
  n = distance > 31 ? n != 0 : n >> distance | (distance > 0 && (n & ((UINT32_C(1) << distance) - 1u)) != 0);
  const int differ = ((x ^ y) & SIGN) != 0;
  const uint32_t sum = differ ? m - n : m + n;
  return rounded(sum == 0 && differ ? 0 : x & SIGN, ex - 156 + 157, sum);
}

float __subsf3(float a, float b) {
  return __addsf3(a, from_bits(bits_of(b) ^ SIGN));
}

float __floatunsisf(uint32_t a) {
  return rounded(0, 157, a);
}

float __floatsisf(int32_t a) {
  return rounded(a < 0 ? SIGN : 0, 157, magnitude(a));
}
