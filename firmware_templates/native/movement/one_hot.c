#include <stdbool.h>

#include "common/choose_wide.h"

/* Rendered for
 *   NAME              I        T        RESULT
 *   one_hot_s32_s8    int32_t  int8_t   edgeq_choose(hot, *on, *off)
 *   one_hot_s32_u8    int32_t  uint8_t  edgeq_choose(hot, *on, *off)
 *   one_hot_s32_s32   int32_t  int32_t  edgeq_choose(hot, *on, *off)
 *   one_hot_s32_s64   int32_t  int64_t  edgeq_choose_s64(hot, *on, *off)
 *   one_hot_s32_f32   int32_t  float    (hot ? *on : *off)
 *   one_hot_s32_bool  int32_t  bool     (edgeq_choose(hot, *on, *off) & 1)
 *   one_hot_s64_s8    int64_t  int8_t   edgeq_choose(hot, *on, *off)
 *   one_hot_s64_u8    int64_t  uint8_t  edgeq_choose(hot, *on, *off)
 *   one_hot_s64_s32   int64_t  int32_t  edgeq_choose(hot, *on, *off)
 *   one_hot_s64_s64   int64_t  int64_t  edgeq_choose_s64(hot, *on, *off)
 *   one_hot_s64_f32   int64_t  float    (hot ? *on : *off)
 *   one_hot_s64_bool  int64_t  bool     (edgeq_choose(hot, *on, *off) & 1)
 */
typedef int32_t I;
typedef int8_t T;
#define RESULT edgeq_choose(hot, *on, *off)

typedef struct {
  int32_t outer, depth, inner; /* indices before the new axis, places along it, indices behind it */
} edgeq_NAME_params;

/* ONE_HOT.
 * index: [outer, inner]; one outside of 0 to depth - 1 gives `off` alone
 * on, off: one element each; computed or constant
 * y: [outer, depth, inner]; shares no byte with index, on or off
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH I *index,
                             const EDGEQ_FLASH T *on, const EDGEQ_FLASH T *off, T *y) {
  for (int32_t o = 0; o < p->outer; ++o, index += p->inner) {
    for (int32_t place = 0; place < p->depth; ++place) {
      for (int32_t i = 0; i < p->inner; ++i) {
        const int32_t hot = ~edgeq_nonzero((uint32_t)index[i] ^ (uint32_t)place);
        *y++ = (T)RESULT;
      }
    }
  }
}
