/* Integer arithmetic that Debian's libgcc for Xtensa lx106 leaves out, because the chip's ROM holds it. */
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
