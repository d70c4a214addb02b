#include "requantize.h"
#include "units.h"

/* A fully connected layer whose weights lie in groups of four units, for the inner loop of units.h. */
typedef struct {
  edgeq_output_stage stage; /* constants in the order of the weights: all biases, not doubled, then multipliers, offsets
                               and, two-sided, exponents of four units, or of all, four by four; 12 of them or more */
  const EDGEQ_FLASH int8_t *weights; /* [units / 4, rounded up][depth / 4][4 units][4], the last set ends with units */
  edgeq_extent rows, depth, units;   /* depth: a multiple of 4; units: 4 or more */
  edgeq_extent scale_step;           /* from the rest of four units to that of the next, 0 where all have the same */
} edgeq_fully_connected_units_s8_params;

/* Which form the output stage has, as in conv_2d_gather.h. */
#if defined(EDGEQ_FULLY_CONNECTED_FORM)
#define EDGEQ_UNITS_ONE_SIDED(p) (EDGEQ_FULLY_CONNECTED_FORM)
#else
#define EDGEQ_UNITS_ONE_SIDED(p) ((p)->stage.one_sided)
#endif

#if defined(__ARM_FEATURE_MVE)
#include "fully_connected_units_mve.h"
#else

/* Four sums, their biases added, to outputs. */
#if EDGEQ_UNROLLED
#define EDGEQ_FOUR(output) y[0] = output(0), y[1] = output(1), y[2] = output(2), y[3] = output(3)
#else
#define EDGEQ_FOUR(output) EDGEQ_ROLLED for (int32_t k = 0; k < 4; ++k) y[k] = output(k)
#endif

static inline void edgeq_finish_one_sided(const int32_t sums[4], const EDGEQ_FLASH int32_t *scale, int32_t shift,
                                          int8_t *y) {
#define EDGEQ_OUTPUT(k) edgeq_one_sided(sums[k], 0, scale[k], scale[4 + (k)], shift)
  EDGEQ_FOUR(EDGEQ_OUTPUT);
#undef EDGEQ_OUTPUT
}

static inline void edgeq_finish_two_sided(const int32_t sums[4], const EDGEQ_FLASH int32_t *scale, int8_t *y) {
#define EDGEQ_OUTPUT(k) edgeq_two_sided(sums[k], 0, scale + (k), 4)
  EDGEQ_FOUR(EDGEQ_OUTPUT);
#undef EDGEQ_OUTPUT
}

#endif

/* All units of one row; the last set of four ends with the last unit and may repeat some of the set before. */
static EDGEQ_INLINE void edgeq_fully_connected(const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p,
                                               const int8_t *x, int8_t *y, int32_t one_sided) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const EDGEQ_FLASH int32_t *bias = p->stage.constants, *scale = bias + ((p->units + 3) & -4);
  int32_t groups = p->depth >> 2, step = one_sided ? 8 : p->scale_step, shift = p->stage.shift;
  EDGEQ_ANY(groups);
  if (!one_sided) {
    EDGEQ_ANY(step);
  }
  EDGEQ_ANY(shift);
  int8_t *const last = y + p->units - 4;
  for (;; bias += 4 * EDGEQ_SETS) {
    int32_t sums[4 * EDGEQ_SETS];
    weights = edgeq_dot_units(weights, edgeq_sets_until(last - y), x, groups, bias, sums);
    for (int32_t i = 0; i < EDGEQ_SETS; ++i, scale += step, y += 4) {
      y = y < last ? y : last;
      if (one_sided) {
        edgeq_finish_one_sided(sums + 4 * i, scale, shift, y);
      } else {
        edgeq_finish_two_sided(sums + 4 * i, scale, y);
      }
      if (y == last) {
        return;
      }
    }
  }
}

EDGEQ_NOINLINE static void edgeq_fully_connected_one_sided(const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p,
                                                           const int8_t *x, int8_t *y) {
  edgeq_fully_connected(p, x, y, 1);
}

EDGEQ_NOINLINE static void edgeq_fully_connected_two_sided(const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p,
                                                           const int8_t *x, int8_t *y) {
  edgeq_fully_connected(p, x, y, 0);
}

/* FULLY_CONNECTED on int8, four units at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_fully_connected_units_s8(
    const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p, const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->units) {
    if (EDGEQ_UNITS_ONE_SIDED(p)) {
      edgeq_fully_connected_one_sided(p, x, y);
    } else {
      edgeq_fully_connected_two_sided(p, x, y);
    }
    edgeq_clamp_outputs(&p->stage, y, p->units);
  }
}
