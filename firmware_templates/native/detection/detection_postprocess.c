#include "common/exponential64.h"
#include "detection/overlap.h"

/* columns: scores of a box, the first `background` of them of no class; regular: 1 where each class
 * has its own boxes, else 0, and every box up to `categories` results in places for `each`. */
typedef struct {
  int32_t boxes, width, columns, background, classes, categories, each, results;
  int32_t detections, per_class, regular;
  float score_threshold, overlap_threshold;
  const EDGEQ_FLASH float *scale; /* [4]: of y, x, height, width */
} edgeq_detection_postprocess_params;

/* Where the results go. */
typedef struct {
  float *boxes, *classes, *scores;
  int32_t count;
} edgeq_detections;

static void edgeq_decode_boxes(const EDGEQ_FLASH edgeq_detection_postprocess_params *p,
                               const float *x, const EDGEQ_FLASH float *anchors,
                               float *corners) {
  for (int32_t box = 0; box < p->boxes; ++box, x += p->width, anchors += 4, corners += 4) {
    for (int axis = 0; axis < 2; ++axis) {
      const double size = (double)anchors[axis + 2];
      const double step = edgeq_double_product((double)x[axis] / (double)p->scale[axis], size);
      const double ratio = (double)x[axis + 2] / (double)p->scale[axis + 2];
      const double power = edgeq_double_product(0.5, edgeq_exp64(ratio));
      const float centre = (float)(step + (double)anchors[axis]);
      const float half = (float)edgeq_double_product(power, size);
      corners[axis] = centre - half;
      corners[axis + 2] = centre + half;
    }
  }
}

static void edgeq_add_detection(edgeq_detections *to, int32_t at, const float *corners,
                                int32_t category, float score) {
  memcpy(to->boxes + 4 * at, corners, 4 * sizeof *corners);
  to->classes[at] = (float)category;
  to->scores[at] = score;
}

/* Of each box the first class that none exceeds; `taken` marks classes that do not count, or is
 * null. */
static int32_t edgeq_best_class(const float *scores, int32_t classes, const int32_t *taken) {
  int32_t best = -1;
  for (int32_t c = 0; c < classes; ++c) {
    if (taken != NULL && taken[c] != 0) {
      continue;
    }
    if (best < 0 || scores[c] > scores[best]) {
      best = c;
    }
  }
  return best;
}

/* Every box with its best classes. */
static void edgeq_detect_by_box(const EDGEQ_FLASH edgeq_detection_postprocess_params *p,
                                const float *scores, const float *corners, float *highest,
                                int32_t *taken, edgeq_detections *to) {
  scores += p->background;
  for (int32_t box = 0; box < p->boxes; ++box) {
    const float *const of_box = scores + box * p->columns;
    highest[box] = of_box[edgeq_best_class(of_box, p->classes, NULL)];
  }
  edgeq_drop_low_scores(highest, p->boxes, p->score_threshold);
  for (int32_t found = 0; found < p->detections; ++found) {
    const int32_t box = edgeq_take_best(corners, highest, p->boxes, p->overlap_threshold);
    if (box < 0) {
      break;
    }
    const float *const of_box = scores + box * p->columns;
    memset(taken, 0, (size_t)p->classes * sizeof *taken);
    for (int32_t k = 0; k < p->categories; ++k) {
      const int32_t best = edgeq_best_class(of_box, p->classes, taken);
      taken[best] = 1;
      edgeq_add_detection(to, found * p->each + k, corners + 4 * box, best, of_box[best]);
    }
    to->count = found + 1;
  }
}

/* Each class with its own boxes; the results are sorted by their scores. */
static void edgeq_detect_by_class(const EDGEQ_FLASH edgeq_detection_postprocess_params *p,
                                  const float *scores, const float *corners, float *of_class,
                                  int32_t *boxes, edgeq_detections *to) {
  for (int32_t c = 0; c < p->classes; ++c) {
    for (int32_t box = 0; box < p->boxes; ++box) {
      of_class[box] = scores[box * p->columns + p->background + c];
    }
    edgeq_drop_low_scores(of_class, p->boxes, p->score_threshold);
    for (int32_t found = 0; found < p->per_class; ++found) {
      const int32_t box = edgeq_take_best(corners, of_class, p->boxes, p->overlap_threshold);
      if (box < 0) {
        break;
      }
      const float score = scores[box * p->columns + p->background + c];
      int32_t at = to->count;
      for (; at > 0 && to->scores[at - 1] < score; --at) {
        if (at < p->detections) {
          boxes[at] = boxes[at - 1];
          to->classes[at] = to->classes[at - 1];
          to->scores[at] = to->scores[at - 1];
        }
      }
      if (at < p->detections) {
        boxes[at] = box;
        to->classes[at] = (float)c;
        to->scores[at] = score;
        to->count += to->count < p->detections;
      }
    }
  }
  for (int32_t at = 0; at < to->count; ++at) {
    memcpy(to->boxes + 4 * at, corners + 4 * boxes[at], 4 * sizeof *corners);
  }
}

/* DETECTION_POSTPROCESS of float32: the boxes of highest score that overlap little.
 * x: [boxes, width], centre and logarithms of sizes about the anchors; others behind are not read
 * scores: [boxes, columns]
 * anchors: [boxes, 4]: y, x, height, width; computed or constant
 * corners: [results, 4]; categories, of_results: [results]; count: [1]; 0 where there is no result.
 *    All share no byte with inputs.
 * scratch: corners of all boxes, a score of each, and of each class or result a number
 */
EDGEQ_KERNEL void edgeq_detection_postprocess(
    const EDGEQ_FLASH edgeq_detection_postprocess_params *p, const float *x, const float *scores,
    const EDGEQ_FLASH float *anchors, float *corners, float *categories, float *of_results,
    float *count, void *scratch) {
  float *const all = (float *)scratch, *const one = all + 4 * p->boxes;
  int32_t *const numbers = (int32_t *)scratch + 5 * p->boxes;
  edgeq_detections to = {corners, categories, of_results, 0};
  for (int32_t i = 0; i < p->results; ++i) {
    const float none[4] = {0, 0, 0, 0};
    edgeq_add_detection(&to, i, none, 0, 0);
  }
  edgeq_decode_boxes(p, x, anchors, all);
  if (p->regular) {
    edgeq_detect_by_class(p, scores, all, one, numbers, &to);
  } else {
    edgeq_detect_by_box(p, scores, all, one, numbers, &to);
  }
  *count = (float)to.count;
}
