#include <stdbool.h>

#include "common/float32.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME               T      Y     TEST
 *   equal_f32          float  bool  ==
 *   not_equal_f32      float  bool  !=
 *   greater_f32        float  bool  >
 *   greater_equal_f32  float  bool  >=
 */
typedef float T;
typedef bool Y;
#define TEST ==

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* EQUAL, NOT_EQUAL, GREATER and GREATER_EQUAL on float32; NaN is not equal to anything. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  (void)p;
  return a TEST b;
}

#include "elementwise/broadcast.h"
