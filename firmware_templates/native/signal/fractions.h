/* Rendered for the rows of the files that include it. */
#include "common/edgeq_native.h"

/* Products of fractions to nearest, ties up; sums wrap. */
static inline T edgeq_NAME_rounded(V product) {
  return (T)((product + ((V)1 << (BITS - 1))) >> BITS);
}

static inline T edgeq_NAME_times(T x, T factor) {
  return edgeq_NAME_rounded((V)x * factor);
}

/* a * c - b * d and a * c + b * d, rounded once. */
static inline T edgeq_NAME_less(T a, T c, T b, T d) {
  return edgeq_NAME_rounded((V)a * c - (V)b * d);
}

static inline T edgeq_NAME_more(T a, T c, T b, T d) {
  return edgeq_NAME_rounded((V)a * c + (V)b * d);
}

static inline T edgeq_NAME_divided(T x, int32_t by) {
  return edgeq_NAME_times(x, (T)((((V)1 << BITS) - 1) / by));
}

static inline T edgeq_NAME_sum(T a, T b) {
  return (T)edgeq_wrapping_add(a, b);
}

static inline T edgeq_NAME_difference(T a, T b) {
  return (T)((uint32_t)a - (uint32_t)b);
}

/* (a + b) / 2 and (a - b) / 2, rounded down; of 32 bits the sum wraps. */
static inline T edgeq_NAME_half_sum(T a, T b) {
  return (T)(edgeq_wrapping_add(a, b) >> 1);
}

static inline T edgeq_NAME_half_difference(T a, T b) {
  return (T)((int32_t)((uint32_t)a - (uint32_t)b) >> 1);
}
