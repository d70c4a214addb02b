#include "pooling/pool.h"

/* Rendered for
 *   NAME            T
 *   max_pool_2d_s8  int8_t
 */
typedef int8_t T;

typedef edgeq_pool_params edgeq_NAME_params;

#include EDGEQ_MAX_POOL

#include "pooling/windows.h"
