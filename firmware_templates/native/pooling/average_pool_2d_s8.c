#include "pooling/mean.h"

/* Rendered for
 *   NAME                T
 *   average_pool_2d_s8  int8_t
 */
typedef int8_t T;

typedef edgeq_pool_params edgeq_NAME_params;

#include EDGEQ_AVERAGE_POOL

#include "pooling/windows.h"
