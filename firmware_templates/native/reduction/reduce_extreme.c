#include "reduction/reduce.h"

/* Rendered for
 *   NAME            T         V        FIRST      CHOICE
 *   reduce_max_s8   int8_t    int32_t  INT8_MIN   edgeq_larger
 *   reduce_max_u8   uint8_t   int32_t  0          edgeq_larger
 *   reduce_max_s16  int16_t   int32_t  INT16_MIN  edgeq_larger
 *   reduce_min_s8   int8_t    int32_t  INT8_MAX   edgeq_smaller
 *   reduce_min_u8   uint8_t   int32_t  UINT8_MAX  edgeq_smaller
 *   reduce_min_s16  int16_t   int32_t  INT16_MAX  edgeq_smaller
 */
typedef int8_t T;
typedef int32_t V;
#define FIRST INT8_MIN
#define CHOICE edgeq_larger

#include "reduction/unscaled.h"

/* REDUCE_MAX and REDUCE_MIN of integers. */
static inline V edgeq_NAME_fold(V value, V x) {
  return CHOICE(value, x);
}

#include "reduction/loops.h"
