#include "pooling/pool.h"

/* Rendered for
 *   NAME             T        V        FIRST      VALUES                PIXEL
 *   max_pool_2d_s8   int8_t   int32_t  INT8_MIN   "pooling/integers.h"  EDGEQ_MAX_POOL
 *   max_pool_2d_s16  int16_t  int32_t  INT16_MIN  "pooling/integers.h"  "pooling/pixel.h"
 *   max_pool_2d_f32  float    float    -FLT_MAX   "pooling/reals.h"     "pooling/pixel.h"
 */
typedef int8_t T;
typedef int32_t V;
#define FIRST INT8_MIN
#define VALUES "pooling/integers.h"
#define PIXEL EDGEQ_MAX_POOL

#include VALUES

/* MAX_POOL_2D: the largest of each window's elements, clamped; nothing is divided. */
static inline V edgeq_NAME_fold(V largest, V x) {
  return edgeq_NAME_larger(largest, x);
}

static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V largest,
                              const edgeq_NAME_divisor *divisor) {
  (void)divisor;
  return edgeq_NAME_bound(p, largest);
}

#include PIXEL
#include "pooling/windows.h"
