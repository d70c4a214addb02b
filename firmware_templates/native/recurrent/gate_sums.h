/* Rendered for the rows of the files that include it. */
/* Sums of products of four gates, one unit after the other, in the order of the taps; the bias
 * comes last. */
static inline const EDGEQ_FLASH W *edgeq_gate_sums_TYPE(const EDGEQ_FLASH W *weights, int32_t count,
                                                        const X *x, int32_t groups,
                                                        const EDGEQ_FLASH SUM *bias, int32_t unit,
                                                        SUM *sums) {
  for (const SUM *const end = sums + 4 * count; sums < end; sums += 4, ++unit) {
    SUM sum[4] = {0, 0, 0, 0};
    for (int32_t group = 0; group < groups; ++group) {
      for (int32_t k = 0; k < 4; ++k) {
        for (int32_t t = 4 * group; t < 4 * group + 4; ++t) {
          sum[k] = edgeq_gate_product_TYPE(sum[k], x[t], *weights++);
        }
      }
    }
    for (int32_t k = 0; k < 4; ++k) {
      sums[k] = bias != NULL ? sum[k] + bias[4 * unit + k] : sum[k];
    }
  }
  return weights;
}
