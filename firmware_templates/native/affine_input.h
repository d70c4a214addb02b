/* Real values as sensors give them, brought to the integers of an input: what the affine operators in front of the model
 * and the QUANTIZE behind them compute, element by element and with the same roundings.
 */
#ifndef EDGEQ_AFFINE_INPUT_H
#define EDGEQ_AFFINE_INPUT_H

#include "float32.h"
#include "quantize.h"

/* Element i of the input is one of feature i / inner % features. */
typedef struct {
  edgeq_from_real_params real; /* elements of the whole input; scale and zero point of its integers */
  int32_t inner, features;     /* 1 or more each */
  const EDGEQ_FLASH float *shift, *factor; /* [features] */
} edgeq_affine_input_params;

/* The feature of the next element, and how many elements of it are left. */
typedef struct {
  int32_t index, left;
} edgeq_feature;

static inline edgeq_feature edgeq_feature_of(const EDGEQ_FLASH edgeq_affine_input_params *p, int32_t element) {
  const int32_t line = element / p->inner;
  return (edgeq_feature){line % p->features, p->inner - (element - line * p->inner)};
}

/* (x - shift) * factor as an integer, low to high; the difference, the product and the quotient are rounded each. */
static inline int32_t edgeq_affine(const EDGEQ_FLASH edgeq_affine_input_params *p, edgeq_feature *feature, float x,
                                   int32_t low, int32_t high) {
  const float scaled = edgeq_product(x - p->shift[feature->index], p->factor[feature->index]);
  if (--feature->left == 0) {
    feature->left = p->inner;
    feature->index = feature->index + 1 == p->features ? 0 : feature->index + 1;
  }
  return edgeq_from_real(&p->real, scaled, low, high);
}

#endif
