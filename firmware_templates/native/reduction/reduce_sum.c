#include "reduction/reduce.h"

/* Rendered for
 *   NAME            T        V        LOWEST     HIGHEST
 *   reduce_sum_s8   int8_t   int32_t  INT8_MIN   INT8_MAX
 *   reduce_sum_s16  int16_t  int32_t  INT16_MIN  INT16_MAX
 */
typedef int8_t T;
typedef int32_t V;
#define LOWEST INT8_MIN
#define HIGHEST INT8_MAX

/* The loops, and the requantization of a sum. offset = -input_zero_point * (elements per
 * output). */
typedef struct {
  edgeq_reduce_loops loops;
  int32_t offset, multiplier, shift, output_zero_point;
} edgeq_NAME_params;

static inline V edgeq_NAME_start(void) {
  return 0;
}

static inline V edgeq_NAME_fold(V sum, V x) {
  return edgeq_wrapping_add(sum, x);
}

/* SUM and MEAN of integers, sums modulo 2^32: LOWEST to HIGHEST. */
static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V sum) {
  return (T)edgeq_requantize(edgeq_wrapping_add(sum, p->offset), p->multiplier, (int)p->shift,
                             p->output_zero_point, LOWEST, HIGHEST);
}

#include "reduction/loops.h"
