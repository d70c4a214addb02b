/* Rendered for the rows of the files that include it. */

/* The index of the first extreme element along an axis.
 * x: [outer, count, inner], any value
 * y: [outer, inner], 0 to count - 1; may overlap x as far as elements are read before their output
 *    is written
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, Y *y) {
  for (int32_t o = 0; o < p->outer; ++o, x += p->count * p->inner) {
    for (int32_t i = 0; i < p->inner; ++i) {
      V best = x[i];
      int32_t index = 0;
      for (int32_t k = 1; k < p->count; ++k) {
        const V value = x[k * p->inner + i];
        const int32_t beats = edgeq_NAME_beats(value, best);
        index = edgeq_choose(beats, k, index);
        best = edgeq_NAME_better(beats, value, best);
      }
      *y++ = index;
    }
  }
}
