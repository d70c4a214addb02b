#include "reduction/reduce.h"

/* Rendered for
 *   NAME            T        V        U         FIRST
 *   reduce_sum_s32  int32_t  int32_t  uint32_t  0
 *   reduce_sum_s64  int64_t  int64_t  uint64_t  0
 */
typedef int32_t T, V;
typedef uint32_t U;
#define FIRST 0

#include "reduction/unscaled.h"

/* SUM of integers without a scale, modulo 2^32 or 2^64. */
static inline V edgeq_NAME_fold(V sum, V x) {
  return (V)((U)sum + (U)x);
}

#include "reduction/loops.h"
