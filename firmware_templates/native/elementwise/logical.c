#include <stdbool.h>

#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME         T     Y     BOTH
 *   logical_and  bool  bool  &
 *   logical_or   bool  bool  |
 */
typedef bool T, Y;
#define BOTH &

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* LOGICAL_AND and LOGICAL_OR. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  (void)p;
  int32_t left = a, right = b; /* by themselves: compilers read several bytes as unaligned words */
  EDGEQ_OPAQUE(left);
  EDGEQ_OPAQUE(right);
  int32_t both = left BOTH right;
  EDGEQ_OPAQUE(both);
  return both & 1;
}

#include "elementwise/broadcast.h"
