#include <stdbool.h>

#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME               T        Y     ARITHMETIC              RESULT
 *   equal_s32          int32_t  bool  "common/choose_wide.h"  ~(edgeq_below(a, b) | edgeq_below(b, a))
 *   not_equal_s32      int32_t  bool  "common/choose_wide.h"  (edgeq_below(a, b) | edgeq_below(b, a))
 *   greater_s32        int32_t  bool  "common/choose_wide.h"  edgeq_below(b, a)
 *   greater_equal_s32  int32_t  bool  "common/choose_wide.h"  ~edgeq_below(a, b)
 *   equal_s64          int64_t  bool  "common/choose_wide.h"  ~(edgeq_below_s64(a, b) | edgeq_below_s64(b, a))
 *   not_equal_s64      int64_t  bool  "common/choose_wide.h"  (edgeq_below_s64(a, b) | edgeq_below_s64(b, a))
 *   greater_s64        int64_t  bool  "common/choose_wide.h"  edgeq_below_s64(b, a)
 *   greater_equal_s64  int64_t  bool  "common/choose_wide.h"  ~edgeq_below_s64(a, b)
 *   equal_bool         bool     bool  "common/choose_wide.h"  ~(edgeq_below(a, b) | edgeq_below(b, a))
 *   not_equal_bool     bool     bool  "common/choose_wide.h"  (edgeq_below(a, b) | edgeq_below(b, a))
 *   equal_f32          float    bool  "common/float32.h"      (a == b)
 *   not_equal_f32      float    bool  "common/float32.h"      (a != b)
 *   greater_f32        float    bool  "common/float32.h"      (a > b)
 *   greater_equal_f32  float    bool  "common/float32.h"      (a >= b)
 */
typedef int32_t T;
typedef bool Y;
#define ARITHMETIC "common/choose_wide.h"
#define RESULT ~(edgeq_below(a, b) | edgeq_below(b, a))

#include ARITHMETIC

typedef struct {
  EDGEQ_BROADCAST_FIELDS;
} edgeq_NAME_params;

/* EQUAL, NOT_EQUAL, GREATER and GREATER_EQUAL on integers without a scale, on
 * bool and on float32, where NaN is equal to nothing. */
static EDGEQ_INLINE Y edgeq_NAME_of(const edgeq_NAME_params *p, T a, T b) {
  (void)p;
  return RESULT & 1;
}

#include "elementwise/broadcast.h"
