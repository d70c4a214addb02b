#include "common/choose_wide.h"
#include "reduction/ordered.h"

/* Rendered for
 *   NAME         T        V        LAST       KEY               LOWER            PICK
 *   topk_v2_s8   int8_t   int32_t  INT32_MAX  (int32_t)         edgeq_below      edgeq_choose
 *   topk_v2_u8   uint8_t  int32_t  INT32_MAX  (int32_t)         edgeq_below      edgeq_choose
 *   topk_v2_s32  int32_t  int32_t  INT32_MAX  (int32_t)         edgeq_below      edgeq_choose
 *   topk_v2_s64  int64_t  int64_t  INT64_MAX  (int64_t)         edgeq_below_s64  edgeq_choose_s64
 *   topk_v2_f32  float    int32_t  INT32_MAX  edgeq_ordered     edgeq_below      edgeq_choose
 */
typedef int8_t T;
typedef int32_t V;
#define LAST INT32_MAX
#define KEY (int32_t)
#define LOWER edgeq_below
#define PICK edgeq_choose

typedef struct {
  int32_t rows, count, chosen;
} edgeq_NAME_params;

/* TOPK_V2: each time the largest of the elements that come after the one before it, in descending
 * order and the earlier first where they are equal.
 * x: [rows, count]
 * y, index: [rows, chosen]; share no byte with x
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y,
                             int32_t *index) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->count) {
    V before = LAST;
    int32_t before_at = -1;
    for (int32_t k = 0; k < p->chosen; ++k) {
      V best = before;
      int32_t at = 0, found = 0;
      for (int32_t i = 0; i < p->count; ++i) {
        const V key = KEY(x[i]);
        const int32_t equal = ~(LOWER(key, before) | LOWER(before, key));
        const int32_t left = LOWER(key, before) | (equal & edgeq_below(before_at, i));
        const int32_t better = left & (~found | LOWER(best, key));
        best = PICK(better, key, best);
        at = edgeq_choose(better, i, at);
        found |= better;
      }
      *y++ = x[at];
      *index++ = at;
      before = best;
      before_at = at;
    }
  }
}
