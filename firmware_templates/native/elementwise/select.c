#include <stdbool.h>

#include "common/choose_wide.h"
#include "elementwise/elementwise.h"

/* Rendered for
 *   NAME         T        RESULT
 *   select_s8    int8_t   edgeq_choose(mask, taken, other)
 *   select_u8    uint8_t  edgeq_choose(mask, taken, other)
 *   select_s16   int16_t  edgeq_choose(mask, taken, other)
 *   select_s32   int32_t  edgeq_choose(mask, taken, other)
 *   select_s64   int64_t  edgeq_choose_s64(mask, taken, other)
 *   select_f32   float    (mask ? taken : other)
 *   select_bool  bool     (edgeq_choose(mask, taken, other) & 1)
 */
typedef int8_t T;
#define RESULT edgeq_choose(mask, taken, other)

/* As EDGEQ_BROADCAST_FIELDS, for three operands. */
typedef struct {
  int32_t run;
  int8_t condition_step, a_step, b_step; /* 1 or 0 */
  int8_t outer;
  const EDGEQ_FLASH int32_t *loops; /* [outer, 4]: count, and what condition, a and b advance by */
} edgeq_NAME_params;

/* SELECT_V2: a where the condition is true, else b, each broadcast by the loop nest.
 * condition, a, b: computed or constant
 * y: may lie over an operand that is not broadcast, starting with it or below; over the condition
 *    only where T has 8 bits
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p,
    const EDGEQ_FLASH bool *condition, const EDGEQ_FLASH T *a, const EDGEQ_FLASH T *b, T *y) {
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < p->run; ++i) {
      const T taken = a[i * p->a_step], other = b[i * p->b_step];
      int32_t mask = -(int32_t)condition[i * p->condition_step];
      EDGEQ_OPAQUE(mask);
      *y++ = (T)RESULT;
    }
    int8_t k = 0;
    while (k < p->outer && ++index[k] == p->loops[4 * k]) {
      index[k++] = 0;
    }
    if (k == p->outer) {
      return;
    }
    condition += p->loops[4 * k + 1];
    a += p->loops[4 * k + 2];
    b += p->loops[4 * k + 3];
  }
}
