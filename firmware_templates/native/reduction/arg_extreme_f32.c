#include "common/edgeq_native.h"

/* Rendered for
 *   NAME             T      Y        V      BEYOND
 *   arg_max_f32      float  int32_t  float  >
 *   arg_max_f32_s64  float  int64_t  float  >
 *   arg_min_f32      float  int32_t  float  <
 *   arg_min_f32_s64  float  int64_t  float  <
 */
typedef float T;
typedef int32_t Y;
typedef float V;
#define BEYOND >

/* ARG_MAX and ARG_MIN on float32; NaN beats nothing and is beaten by nothing. */
typedef struct {
  int32_t outer, count, inner; /* sizes before the axis, along it and behind it */
} edgeq_NAME_params;

static inline int32_t edgeq_NAME_beats(V value, V best) {
  return value BEYOND best ? -1 : 0;
}

static inline V edgeq_NAME_better(int32_t beats, V value, V best) {
  return beats ? value : best;
}

#include "reduction/arg_loops.h"
