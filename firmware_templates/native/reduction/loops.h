/* Rendered for the rows of the files that include it. */

/* The reduced elements from x on, folded into one value in their order. */
static V edgeq_NAME_folded(const EDGEQ_FLASH edgeq_reduce_loops *loops, const T *x) {
  V value = edgeq_NAME_start();
  for (int32_t i = 0; i < loops->reduced[0]; ++i) {
    for (int32_t j = 0; j < loops->reduced[1]; ++j) {
      const T *element = x + i * loops->reduced_stride[0] + j * loops->reduced_stride[1];
      for (int32_t k = 0; k < loops->reduced[2]; ++k) {
        value = edgeq_NAME_fold(value, element[k * loops->reduced_stride[2]]);
      }
    }
  }
  return value;
}

/* edgeq_NAME_of the folds of reduced elements.
 * x: any value, read at the offsets that the loops of kept and reduced axes give
 * y: one element for each kept one, in their order; without arithmetic it may be x itself, else it
 *    shares no byte with x
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const T *x, T *y) {
  const EDGEQ_FLASH edgeq_reduce_loops *const loops = &p->loops;
  for (int32_t i = 0; i < loops->kept[0]; ++i) {
    for (int32_t j = 0; j < loops->kept[1]; ++j) {
      for (int32_t k = 0; k < loops->kept[2]; ++k) {
        const int32_t at =
            i * loops->kept_stride[0] + j * loops->kept_stride[1] + k * loops->kept_stride[2];
        *y++ = edgeq_NAME_of(p, edgeq_NAME_folded(loops, x + at));
      }
    }
  }
}
