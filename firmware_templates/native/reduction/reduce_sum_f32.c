#include "common/float32.h"
#include "reduction/reduce.h"

/* Rendered for
 *   NAME            T      V      FIRST
 *   reduce_sum_f32  float  float  0
 */
typedef float T;
typedef float V;
#define FIRST 0

#include "reduction/unscaled.h"

/* SUM on float32. */
static inline V edgeq_NAME_fold(V sum, V x) {
  return sum + x;
}

#include "reduction/loops.h"
