#include <stdbool.h>

#include "reduction/reduce.h"

/* Rendered for
 *   NAME        T     V        FIRST  WITH
 *   reduce_all  bool  int32_t  1      &
 *   reduce_any  bool  int32_t  0      |
 */
typedef bool T;
typedef int32_t V;
#define FIRST 1
#define WITH &

#include "reduction/unscaled.h"

/* REDUCE_ALL and REDUCE_ANY of bool. */
static inline V edgeq_NAME_fold(V value, V x) {
  return value WITH x;
}

#include "reduction/loops.h"
