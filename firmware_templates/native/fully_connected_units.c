#include "requantize.h"
#include "units.h"

/* A fully connected layer whose weights lie in groups of four units, for the inner loop of units.h. */
typedef struct {
  edgeq_output_stage stage; /* constants in the order of the weights; of the two-sided form all biases, then the
                               multipliers, offsets and exponents of four units, or of all, four by four */
  const EDGEQ_FLASH int8_t *weights; /* [units / 4, rounded up][depth / 4][4 units][4], the last set ends with units */
  edgeq_extent rows, depth, units;   /* depth: a multiple of 4; units: 4 or more */
  edgeq_extent scale_step;           /* from the rest of four units to that of the next, 12 or 0 */
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
static inline void edgeq_finish_one_sided(const int32_t sums[4], const EDGEQ_FLASH int32_t *channel, int32_t shift,
                                          int8_t *y) {
  y[0] = edgeq_one_sided(sums[0], 0, channel[1], channel[2], shift);
  y[1] = edgeq_one_sided(sums[1], 0, channel[4], channel[5], shift);
  y[2] = edgeq_one_sided(sums[2], 0, channel[7], channel[8], shift);
  y[3] = edgeq_one_sided(sums[3], 0, channel[10], channel[11], shift);
}

static inline void edgeq_finish_two_sided(const int32_t sums[4], const EDGEQ_FLASH int32_t *bias,
                                          const EDGEQ_FLASH int32_t *scale, int8_t *y) {
  y[0] = edgeq_two_sided(sums[0], bias[0], scale, 4);
  y[1] = edgeq_two_sided(sums[1], bias[1], scale + 1, 4);
  y[2] = edgeq_two_sided(sums[2], bias[2], scale + 2, 4);
  y[3] = edgeq_two_sided(sums[3], bias[3], scale + 3, 4);
}

#endif

/* All units of one row; the last set of four ends with the last unit and may repeat some of the set before. */
EDGEQ_NOINLINE static void edgeq_fully_connected_one_sided(
    const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  int32_t groups = p->depth >> 2, shift = p->stage.shift;
  EDGEQ_ANY(groups);
  EDGEQ_ANY(shift);
  for (int8_t *const last = y + p->units - 4;;) {
    const int32_t more = EDGEQ_SETS > 1 && y < last; /* is there a second set? else the first one is computed twice */
    int32_t sums[4 * EDGEQ_SETS];
    for (int32_t k = 0; k < 4; ++k) {
      sums[k] = channel[3 * k];
      sums[4 * (EDGEQ_SETS - 1) + k] = channel[12 * more + 3 * k];
    }
    edgeq_dot_units(weights, more * 16 * groups, x, groups, sums);
    for (int32_t i = 0; i < EDGEQ_SETS; ++i, weights += 16 * groups, channel += 12, y += 4) {
      y = y < last ? y : last;
      edgeq_finish_one_sided(sums + 4 * i, channel, shift, y);
      if (y == last) {
        return;
      }
    }
  }
}

EDGEQ_NOINLINE static void edgeq_fully_connected_two_sided(
    const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const EDGEQ_FLASH int32_t *bias = p->stage.constants, *scale = bias + ((p->units + 3) & -4);
  int32_t groups = p->depth >> 2, step = p->scale_step;
  EDGEQ_ANY(groups);
  EDGEQ_ANY(step);
  for (int8_t *const last = y + p->units - 4;;) {
    const int32_t more = EDGEQ_SETS > 1 && y < last;
    int32_t sums[4 * EDGEQ_SETS] = {0};
    edgeq_dot_units(weights, more * 16 * groups, x, groups, sums);
    for (int32_t i = 0; i < EDGEQ_SETS; ++i, weights += 16 * groups, bias += 4, scale += step, y += 4) {
      y = y < last ? y : last;
      edgeq_finish_two_sided(sums + 4 * i, bias, scale, y);
      if (y == last) {
        return;
      }
    }
  }
}

/* FULLY_CONNECTED on int8, four units at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 */
EDGEQ_ONCE EDGEQ_KERNEL void edgeq_fully_connected_units_s8(const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p,
                                                 const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->units) {
    if (EDGEQ_UNITS_ONE_SIDED(p)) {
      edgeq_fully_connected_one_sided(p, x, y);
    } else {
      edgeq_fully_connected_two_sided(p, x, y);
    }
    edgeq_clamp_outputs(&p->stage, y, p->units);
  }
}
