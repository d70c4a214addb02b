#include "common/float32.h"
#include "reduction/reduce.h"

/* Rendered for
 *   NAME            T      V      FIRST     BEYOND
 *   reduce_max_f32  float  float  -FLT_MAX  >
 *   reduce_min_f32  float  float  FLT_MAX   <
 */
typedef float T;
typedef float V;
#define FIRST -FLT_MAX
#define BEYOND >

#include "reduction/unscaled.h"

/* REDUCE_MAX and REDUCE_MIN on float32: NaN is passed over, of equal values (0, -0) the first one
 * stays, and infinities beyond the largest finite value become that. */
static inline V edgeq_NAME_fold(V value, V x) {
  return x BEYOND value ? x : value;
}

#include "reduction/loops.h"
