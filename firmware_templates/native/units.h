#include "edgeq_native.h"

/* Dot products of one vector with rows of weights, the inner loop of fully connected layers. The rows come in sets of
 * four.
 *
 * edgeq_dot_units adds to sums[4 * i + k] row k of set i over x, for EDGEQ_SETS sets, each `next` bytes behind the one
 * before. Weights of a set: int8 [groups][4 rows][4 taps]. x: int8 [4 * groups]. Both are 4-byte aligned.
 */
#if defined(__ARM_FEATURE_MVE)
#include "units_mve.h"
#elif defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__) /* unoptimized builds lack the registers */
#include "units_dsp.h"
#elif defined(__thumb2__) && defined(__OPTIMIZE__)
#include "units_thumb2.h"
#elif defined(__thumb__) && !defined(__thumb2__)
#include "units_thumb1.h"
#elif defined(__riscv_mul) && __riscv_xlen == 32 && defined(__OPTIMIZE__)
#include "units_riscv.h"
#else
#include "units_portable.h"
#endif
