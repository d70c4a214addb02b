#include "packed_pairs.h"
#include "requantize.h"
#include "units.h"

#define EDGEQ_CHUNK (EDGEQ_SETS > 2 ? 8 : 16) /* groups of 4 taps that are decoded at once */
#define EDGEQ_CHUNK_BYTES 512                 /* for the weights of EDGEQ_SETS sets of them, at most */

/* A fully connected layer for the inner loop of units.h whose weights lie in sets of four units, each set as two rows:
 * [units / 4, rounded up][2][depth / 4][2 units][4 taps], the last set ending with the last unit. */
typedef struct {
  edgeq_extent rows, depth, units; /* depth: a multiple of 4; units: 4 or more */
  edgeq_extent scale_step;         /* as in fully_connected_units.c */
  int32_t times_16;                /* 1: int4 weights are decoded to 16 times their value */
  edgeq_packed_weights packed;     /* tables: NULL, or in the order of the units */
  edgeq_output_stage stage;        /* constants as in fully_connected_units.c */
} edgeq_fully_connected_packed_units_s8_params;

static inline int32_t edgeq_first_unit(const EDGEQ_FLASH edgeq_fully_connected_packed_units_s8_params *p, int32_t set) {
  return 4 * set < p->units - 4 ? 4 * set : p->units - 4;
}

/* `groups` groups of 4 taps of a set, from its group `at` on, as units.h reads them; pairs: a table of
 * pairs, if any. */
EDGEQ_NOINLINE static void edgeq_decode_units(const EDGEQ_FLASH edgeq_fully_connected_packed_units_s8_params *p,
                                              int32_t set, int32_t at, int32_t groups, const int8_t *pairs,
                                              int8_t *to) {
  const EDGEQ_FLASH edgeq_packed_weights *const packed = &p->packed;
  for (int32_t half = 0; half < 2; ++half) {
    const int32_t unit = edgeq_first_unit(p, set) + 2 * half;
    const int32_t code = (2 * set + half) * packed->eights + at;
    int8_t *const place = to + 8 * half;
    if (p->times_16) {
      edgeq_decode_int4_times_16(packed->codes + 4 * code, place, groups, 16);
    } else if (packed->pairs_bytes > 0) {
      edgeq_decode_pairs(packed->codes + code * packed->bits, packed->bits, pairs, place, groups, 16);
    } else {
      edgeq_decode(packed->codes + code * packed->bits, packed->bits, edgeq_packed_table(packed, unit),
                   edgeq_packed_table(packed, unit + 1), place, groups, 16);
    }
  }
}

/* The sums of EDGEQ_SETS sets of four units from `set` on over x; only the first `count` of them. */
static inline void edgeq_packed_units(const EDGEQ_FLASH edgeq_fully_connected_packed_units_s8_params *p, int32_t set,
                                      int32_t count, const int8_t *x, int8_t *scratch, int32_t sums[4 * EDGEQ_SETS]) {
  const int32_t groups = p->depth >> 2;
  for (int32_t at = 0; at < groups; at += EDGEQ_CHUNK) {
    const int32_t rest = groups - at, some = rest < EDGEQ_CHUNK ? rest : EDGEQ_CHUNK;
    for (int32_t i = 0; i < count; ++i) {
      edgeq_decode_units(p, set + i, at, some, scratch + EDGEQ_CHUNK_BYTES, scratch + 16 * some * i);
    }
    edgeq_dot_units(scratch, count, x + 4 * at, some, sums, sums);
  }
}

/* FULLY_CONNECTED on int8 by packed weights, four units at a time.
 * x: [rows, depth], -128 to 127
 * y: [rows, units], activation_min to activation_max; shares no byte with x
 * scratch: EDGEQ_CHUNK_BYTES, then pairs_bytes
 */
EDGEQ_KERNEL void edgeq_fully_connected_packed_units_s8(
    const EDGEQ_FLASH edgeq_fully_connected_packed_units_s8_params *p, const int8_t *x, int8_t *y, void *scratch) {
  const int32_t sets = (p->units + 3) / 4, down = p->times_16 ? 4 : 0;
  if (p->packed.pairs_bytes > 0) {
    edgeq_pair_up(&p->packed, 0, (int8_t *)scratch + EDGEQ_CHUNK_BYTES);
  }
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->units) {
    const EDGEQ_FLASH int32_t *bias = p->stage.constants, *scale = bias + 4 * sets;
    for (int32_t set = 0; set < sets; set += EDGEQ_SETS) {
      const int32_t rest = sets - set, count = rest < EDGEQ_SETS ? rest : EDGEQ_SETS;
      int32_t sums[4 * EDGEQ_SETS] = {0};
      edgeq_packed_units(p, set, count, x, (int8_t *)scratch, sums);
      for (int32_t k = 0; k < 4 * count; ++k) {
        const int32_t sum = (sums[k] >> down) + *bias++;
        int8_t *const to = y + edgeq_first_unit(p, set + (k >> 2)) + (k & 3);
        if (p->stage.one_sided) {
          *to = edgeq_one_sided(sum, 0, scale[k & 3], scale[4 + (k & 3)], p->stage.shift);
        } else {
          *to = edgeq_two_sided(sum, 0, scale + (k & 3), 4);
        }
        scale += (k & 3) == 3 ? p->scale_step : 0;
      }
    }
    edgeq_clamp_outputs(&p->stage, y, p->units);
  }
}
