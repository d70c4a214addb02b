#include "movement/strided_copy.h"

/* The output is `lead` bytes of fill, then runs of the input with fill between them, then `tail`
 * bytes of fill. */
typedef struct {
  int32_t run, lead, tail;
  int32_t axes;                     /* 0 to EDGEQ_MAX_AXES */
  const EDGEQ_FLASH int32_t *count; /* [axes], runs along each axis, innermost first */
  const EDGEQ_FLASH int32_t *gap;   /* [axes], bytes of fill before a run as the axis advances */
  int32_t fill_mask;                /* fill is fill[i & fill_mask] */
  int8_t fill[8];
} edgeq_pad_params;

static int8_t *edgeq_pad_fill(const EDGEQ_FLASH edgeq_pad_params *p, int8_t *y, int32_t bytes) {
  if (p->fill_mask == 0) {
    memset(y, p->fill[0], (size_t)bytes);
    return y + bytes;
  }
  for (int32_t i = 0; i < bytes; ++i) {
    *y++ = p->fill[i & p->fill_mask];
  }
  return y;
}

/* PAD and PADV2 on elements of any dtype.
 * x: the input, dense, outermost axis first
 * y: the output likewise; it may share memory with x if its last run does not end above the end of
 *    x
 */
EDGEQ_KERNEL void edgeq_pad(const EDGEQ_FLASH edgeq_pad_params *p, const void *x, void *y) {
  int32_t index[EDGEQ_MAX_AXES] = {0};
  const int8_t *from = (const int8_t *)x;
  int8_t *to = edgeq_pad_fill(p, (int8_t *)y, p->lead);
  for (;;) {
    edgeq_move_down(from, to, p->run);
    from += p->run;
    to += p->run;
    const int32_t axis = edgeq_advance(index, p->count, 0, p->axes);
    if (axis == p->axes) {
      break;
    }
    to = edgeq_pad_fill(p, to, p->gap[axis]);
  }
  (void)edgeq_pad_fill(p, to, p->tail);
}
