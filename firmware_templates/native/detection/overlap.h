/* Boxes by their corners: least y and x, greatest y and x. */
#ifndef EDGEQ_OVERLAP_H
#define EDGEQ_OVERLAP_H

#include "common/float32.h"

static inline float edgeq_box_area(const float *box) {
  return edgeq_product(box[2] - box[0], box[3] - box[1]);
}

/* The length that two boxes have in common along an axis. */
static inline float edgeq_common_side(const float *a, const float *b, int axis) {
  const float low = a[axis] < b[axis] ? b[axis] : a[axis];
  const float high = b[axis + 2] < a[axis + 2] ? b[axis + 2] : a[axis + 2];
  const float side = high - low;
  return side < 0.0f ? 0.0f : side;
}

/* What two boxes share of their union; 0 where one has no area. */
static inline float edgeq_overlap(const float *a, const float *b) {
  const float area = edgeq_box_area(a), other = edgeq_box_area(b);
  if (area <= 0.0f || other <= 0.0f) {
    return 0.0f;
  }
  const float common = edgeq_product(edgeq_common_side(a, b, 0), edgeq_common_side(a, b, 1));
  return common / (area + other - common);
}

/* Scores that count for nothing become NaN. */
static inline void edgeq_drop_low_scores(float *scores, int32_t boxes, float least) {
  for (int32_t box = 0; box < boxes; ++box) {
    scores[box] = scores[box] >= least ? scores[box] : NAN;
  }
}

/* The first box of highest score, -1 where none is left; it and what shares more than `most` of a
 * union with it lose their scores. */
static inline int32_t edgeq_take_best(const float *corners, float *scores, int32_t boxes,
                                      float most) {
  int32_t best = -1;
  for (int32_t box = 0; box < boxes; ++box) {
    if (best < 0 ? scores[box] == scores[box] : scores[box] > scores[best]) {
      best = box;
    }
  }
  if (best >= 0) {
    scores[best] = NAN;
    for (int32_t box = 0; box < boxes; ++box) {
      if (edgeq_overlap(corners + 4 * best, corners + 4 * box) > most) {
        scores[box] = NAN;
      }
    }
  }
  return best;
}

#endif
