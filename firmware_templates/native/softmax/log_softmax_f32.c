#include "common/exponential.h"
#include "common/logarithm_f32.h"

typedef struct {
  int32_t rows, depth;
} edgeq_log_softmax_f32_params;

/* LOG_SOFTMAX on float32, row by row.
 * x: [rows, depth]
 * y: [rows, depth], 0 or less; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_log_softmax_f32(const EDGEQ_FLASH edgeq_log_softmax_f32_params *p,
                                        const float *x, float *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth, y += p->depth) {
    float largest = -FLT_MAX, sum = 0.0f;
    for (int32_t i = 0; i < p->depth; ++i) {
      largest = largest < x[i] ? x[i] : largest;
    }
    for (int32_t i = 0; i < p->depth; ++i) {
      sum += edgeq_exp(x[i] - largest);
    }
    const float log_sum = edgeq_log(sum);
    for (int32_t i = 0; i < p->depth; ++i) {
      y[i] = x[i] - largest - log_sum;
    }
  }
}
