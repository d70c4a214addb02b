#include "pooling/pool.h"

/* Rendered for
 *   NAME                 T        V        FIRST  VALUES                PIXEL
 *   average_pool_2d_s8   int8_t   int32_t  0      "pooling/integers.h"  EDGEQ_AVERAGE_POOL
 *   average_pool_2d_s16  int16_t  int32_t  0      "pooling/integers.h"  "pooling/pixel.h"
 *   average_pool_2d_f32  float    float    0      "pooling/reals.h"     "pooling/pixel.h"
 */
typedef int8_t T;
typedef int32_t V;
#define FIRST 0
#define VALUES "pooling/integers.h"
#define PIXEL EDGEQ_AVERAGE_POOL

#include VALUES

/* AVERAGE_POOL_2D: the mean of each window's elements, clamped. */
static inline V edgeq_NAME_fold(V sum, V x) {
  sum += x;
  return sum;
}

static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V sum,
                              const edgeq_NAME_divisor *divisor) {
  return edgeq_NAME_bound(p, edgeq_NAME_mean(sum, divisor));
}

#include PIXEL
#include "pooling/windows.h"
