#include "requantize.h"
#include "units.h"

/* A fully connected layer whose weights lie in groups of four units, for the inner loop of units.h. */
typedef struct {
  int32_t rows, depth, units;        /* depth: a multiple of 4; units: 4 or more */
  const EDGEQ_FLASH int8_t *weights; /* [units / 4, rounded up][depth / 4][4 units][4], the last group ends with units */
  edgeq_output_stage stage;          /* constants in the order of the weights */
} edgeq_fully_connected_units_s8_params;

/* All units of one row; the last group of four ends with the last unit and may repeat some of the group before. */
EDGEQ_NOINLINE static void edgeq_fully_connected_one_sided(
    const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const int32_t groups = p->depth >> 2, shift = p->stage.shift;
  for (int8_t *const last = y + p->units - 4;; weights += 16 * groups, channel += 12, y += 4) {
    int32_t sums[4] = {channel[0], channel[3], channel[6], channel[9]};
    y = y < last ? y : last;
    edgeq_dot_units(weights, x, groups, sums);
    y[0] = edgeq_one_sided(sums[0], 0, channel[1], channel[2], shift);
    y[1] = edgeq_one_sided(sums[1], 0, channel[4], channel[5], shift);
    y[2] = edgeq_one_sided(sums[2], 0, channel[7], channel[8], shift);
    y[3] = edgeq_one_sided(sums[3], 0, channel[10], channel[11], shift);
    if (y == last) {
      return;
    }
  }
}

EDGEQ_NOINLINE static void edgeq_fully_connected_two_sided(
    const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p, const int8_t *x, int8_t *y) {
  const EDGEQ_FLASH int8_t *weights = p->weights;
  const EDGEQ_FLASH int32_t *channel = p->stage.constants;
  const int32_t groups = p->depth >> 2;
  for (int8_t *const last = y + p->units - 4;; weights += 16 * groups, channel += 16, y += 4) {
    int32_t sums[4] = {0, 0, 0, 0};
    y = y < last ? y : last;
    edgeq_dot_units(weights, x, groups, sums);
    y[0] = edgeq_two_sided(sums[0], channel);
    y[1] = edgeq_two_sided(sums[1], channel + 4);
    y[2] = edgeq_two_sided(sums[2], channel + 8);
    y[3] = edgeq_two_sided(sums[3], channel + 12);
    if (y == last) {
      return;
    }
  }
}

/* FULLY_CONNECTED on int8, four units at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_fully_connected_units_s8(const EDGEQ_FLASH edgeq_fully_connected_units_s8_params *p,
                                                 const int8_t *x, int8_t *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->units) {
    if (p->stage.one_sided) {
      edgeq_fully_connected_one_sided(p, x, y);
    } else {
      edgeq_fully_connected_two_sided(p, x, y);
    }
    edgeq_clamp_outputs(&p->stage, y, p->units);
  }
}
