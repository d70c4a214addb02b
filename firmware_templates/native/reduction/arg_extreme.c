#include "common/edgeq_native.h"

/* Rendered for
 *   NAME             T        Y        V        LESS   MORE
 *   arg_max_s8       int8_t   int32_t  int32_t  best   value
 *   arg_max_s8_s64   int8_t   int64_t  int32_t  best   value
 *   arg_max_u8       uint8_t  int32_t  int32_t  best   value
 *   arg_max_u8_s64   uint8_t  int64_t  int32_t  best   value
 *   arg_max_s16      int16_t  int32_t  int32_t  best   value
 *   arg_max_s16_s64  int16_t  int64_t  int32_t  best   value
 *   arg_min_s8       int8_t   int32_t  int32_t  value  best
 *   arg_min_s8_s64   int8_t   int64_t  int32_t  value  best
 *   arg_min_u8       uint8_t  int32_t  int32_t  value  best
 *   arg_min_u8_s64   uint8_t  int64_t  int32_t  value  best
 *   arg_min_s16      int16_t  int32_t  int32_t  value  best
 *   arg_min_s16_s64  int16_t  int64_t  int32_t  value  best
 */
typedef int8_t T;
typedef int32_t Y;
typedef int32_t V;
#define LESS best
#define MORE value

/* ARG_MAX and ARG_MIN on integers. */
typedef struct {
  int32_t outer, count, inner; /* sizes before the axis, along it and behind it */
} edgeq_NAME_params;

static inline int32_t edgeq_NAME_beats(V value, V best) {
  return edgeq_below(LESS, MORE);
}

static inline V edgeq_NAME_better(int32_t beats, V value, V best) {
  return edgeq_choose(beats, value, best);
}

#include "reduction/arg_loops.h"
