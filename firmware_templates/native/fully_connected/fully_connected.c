#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE     X        W       SUM      SUMS                 SCALES
 *   s8       int8_t   int8_t  int32_t  "common/sums_s8.h"   "fully_connected/scales.h"
 *   s16      int16_t  int8_t  int64_t  "common/sums_s16.h"  "fully_connected/scales.h"
 *   s16_s32  int16_t  int8_t  int32_t  "common/sums_s8.h"   "fully_connected/scales.h"
 *   f32      float    float   float    "common/sums_f32.h"  "fully_connected/no_scales.h"
 */
typedef int8_t X;
typedef int8_t W;
typedef int32_t SUM;
#define SUMS "common/sums_s8.h"
#define SCALES "fully_connected/scales.h"

#include SUMS
#include SCALES

/* Sizes and constants of a fully connected layer. */
typedef struct {
  int32_t rows, depth, neurons;
  const EDGEQ_FLASH W *weights; /* [neurons, depth] */
  edgeq_neurons_TYPE outputs;
} edgeq_fully_connected_TYPE_params;

/* FULLY_CONNECTED.
 * x: [rows, depth], any value
 * y: [rows, neurons], activation_min to activation_max; shares no byte with x
 */
EDGEQ_KERNEL void edgeq_fully_connected_TYPE(
    const EDGEQ_FLASH edgeq_fully_connected_TYPE_params *p, const X *x, X *y) {
  for (int32_t row = 0; row < p->rows; ++row, x += p->depth) {
    const EDGEQ_FLASH W *weights = p->weights;
    for (int32_t u = 0; u < p->neurons; ++u, weights += p->depth) {
      SUM sum = 0;
      for (int32_t d = 0; d < p->depth; ++d) {
        sum = edgeq_plus_product_TYPE(sum, x[d], weights[d]);
      }
      *y++ = (X)edgeq_neuron_TYPE(&p->outputs, sum, u);
    }
  }
}
