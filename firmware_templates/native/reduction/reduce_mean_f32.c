#include "common/float32.h"
#include "reduction/reduce.h"

/* Rendered for
 *   NAME             T      V
 *   reduce_mean_f32  float  float
 */
typedef float T;
typedef float V;

typedef struct {
  edgeq_reduce_loops loops;
  float count; /* elements per output */
} edgeq_NAME_params;

static inline V edgeq_NAME_start(void) {
  return 0;
}

static inline V edgeq_NAME_fold(V sum, V x) {
  return sum + x;
}

/* MEAN on float32. */
static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V sum) {
  return sum / p->count;
}

#include "reduction/loops.h"
