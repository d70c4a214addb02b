/* Rendered for the rows of the files that include it. */

typedef struct {
  int32_t elements;
} edgeq_NAME_params;

/* edgeq_NAME_of each element.
 * x: [elements]
 * y: [elements]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const float *x, float *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    y[i] = edgeq_NAME_of(x[i]);
  }
}
