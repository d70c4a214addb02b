/* Rendered for the rows of the files that include it. */

/* edgeq_NAME_of each element of a and of b, either operand broadcast by the loop nest of the
 * parameters. These are copied first, so that no store to y can change them.
 * a, b: computed or constant
 * y: may lie over an operand that is not broadcast, starting with it or below
 */
EDGEQ_KERNEL void edgeq_NAME(const EDGEQ_FLASH edgeq_NAME_params *p, const EDGEQ_FLASH T *a,
    const EDGEQ_FLASH T *b, Y *y) {
  const edgeq_NAME_params kept = *p;
  const int32_t run = p->run, a_step = p->a_step, b_step = p->b_step;
  int32_t index[EDGEQ_OUTER_LOOPS] = {0};
  for (;;) {
    for (int32_t i = 0; i < run; ++i) {
      *y++ = edgeq_NAME_of(&kept, a[i * a_step], b[i * b_step]);
    }
    const EDGEQ_FLASH int32_t *const loop = edgeq_next_run(index, p->loops, p->outer);
    if (loop == NULL) {
      return;
    }
    a += loop[1];
    b += loop[2];
  }
}
