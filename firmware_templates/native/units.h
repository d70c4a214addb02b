#include "edgeq_native.h"

/* Dot products of one vector with rows of weights, the inner loop of fully connected layers. The rows come in sets of
 * four.
 *
 * edgeq_dot_units writes to[4 * i + k] = from[4 * i + k] + row k of set i over x, i up to EDGEQ_SETS, and returns where
 * the weights of these sets end. Only the first `sets` of them need be there; of the others `from` is read still, and
 * `to` may be anything. from and to may be the same.
 * Weights: int8 [sets][groups][4 rows][4 taps]. x: int8 [4 * groups]. Both are 4-byte aligned.
 */
#if defined(__ARM_FEATURE_MVE)
#include "units_mve.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__) /* unoptimized builds lack the registers */
#include "units_dsp.h"
#elif defined(__thumb2__) && defined(__OPTIMIZE__)
#include "units_thumb2.h"
#elif defined(__thumb__) && !defined(__thumb2__)
#include "units_thumb1.h"
#elif defined(__riscv_mul) && __riscv_xlen == 32 && !defined(__riscv_32e) && defined(__OPTIMIZE__) && EDGEQ_UNROLLED
#include "units_riscv.h"
#else
#include "units_portable.h"
#endif

/* How many sets to take at once, `units` before the last set's first unit. */
static inline int32_t edgeq_sets_until(ptrdiff_t units) {
  const int32_t rest = (int32_t)((units + 7) >> 2);
  return EDGEQ_SETS == 1 || rest > EDGEQ_SETS ? EDGEQ_SETS : rest;
}
