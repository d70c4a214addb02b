#include "common/float32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME           T      Y
 *   floor_mod_f32  float  float
 */
typedef float T, Y;

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* A finite value that is not negative: mantissa * 2^(exponent - 150). */
typedef struct {
  uint32_t mantissa, exponent;
} edgeq_float_parts;

static inline edgeq_float_parts edgeq_parts(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t normal = bits >> 23 != 0;
  edgeq_float_parts parts;
  parts.mantissa = (bits & 0x7fffff) | normal << 23;
  parts.exponent = (bits >> 23) + 1 - normal;
  return parts;
}

/* What a leaves divided by b, exactly; 0 < b <= a, both finite. */
static inline float edgeq_rest(float a, float b) {
  const edgeq_float_parts dividend = edgeq_parts(a), divisor = edgeq_parts(b);
  uint32_t rest = dividend.mantissa % divisor.mantissa;
  for (uint32_t exponent = divisor.exponent; exponent < dividend.exponent; ++exponent) {
    rest <<= 1;
    rest -= rest < divisor.mantissa ? 0 : divisor.mantissa;
  }
  const uint32_t e = divisor.exponent, bits = e > 23 ? (e - 23) << 23 : (uint32_t)1 << (e - 1);
  float power; /* 2^(e - 150) */
  memcpy(&power, &bits, sizeof power);
  return (float)rest * power;
}

/* FLOOR_MOD on float32: what a / b leaves, with the sign of b; NaN where b is 0 or a infinite. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  const float dividend = a < 0.0f ? -a : a, divisor = b < 0.0f ? -b : b;
  (void)p;
  if (!(dividend < INFINITY && divisor > 0.0f)) {
    return NAN;
  }
  const float size = dividend < divisor ? dividend : edgeq_rest(dividend, divisor);
  const float rest = a < 0.0f ? -size : size;
  if (rest == 0.0f || (rest < 0.0f) == (b < 0.0f)) {
    return dividend == 0.0f ? a : rest;
  }
  return rest + b;
}

#include "elementwise/broadcast.h"
