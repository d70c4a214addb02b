#include "common/exponential.h"

typedef struct {
  int32_t rows, depth;
  float beta;
} edgeq_softmax_f32_params;

/* SOFTMAX on float32, row by row.
 * x: [rows, depth]
 * y: [rows, depth], 0 to 1; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_softmax_f32(const EDGEQ_FLASH edgeq_softmax_f32_params *p, const float *x,
                                    float *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->depth) {
    float largest = -FLT_MAX, sum = 0.0f;
    for (int32_t i = 0; i < p->depth; ++i) {
      largest = largest < x[i] ? x[i] : largest;
    }
    for (int32_t i = 0; i < p->depth; ++i) {
      y[i] = edgeq_exp((x[i] - largest) * p->beta);
      sum += y[i];
    }
    for (int32_t i = 0; i < p->depth; ++i) {
      y[i] = y[i] / sum;
    }
  }
}
