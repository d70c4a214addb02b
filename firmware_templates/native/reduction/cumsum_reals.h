/* Rendered for the rows of the files that include it. */
#include "common/float32.h"

/* CUMSUM of float32. */
typedef struct {
  int32_t outer, count, inner; /* sizes before the axis, along it and behind it */
  int32_t exclusive, reverse;  /* 1 or 0 */
} edgeq_cumsum_TYPE_params;

static inline float edgeq_cumsum_TYPE_start(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p) {
  (void)p;
  return 0;
}

static inline float edgeq_cumsum_TYPE_add(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p, float sum,
                                          float x) {
  (void)p;
  return sum + x;
}

static inline float edgeq_cumsum_TYPE_output(const EDGEQ_FLASH edgeq_cumsum_TYPE_params *p,
                                             float sum) {
  (void)p;
  return sum;
}
