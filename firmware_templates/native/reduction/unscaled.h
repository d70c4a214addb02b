/* Rendered for the rows of the files that include it. */

typedef struct {
  edgeq_reduce_loops loops;
} edgeq_NAME_params;

static inline V edgeq_NAME_start(void) {
  return FIRST;
}

/* An output is the folded value itself. */
static inline T edgeq_NAME_of(const EDGEQ_FLASH edgeq_NAME_params *p, V value) {
  (void)p;
  return (T)value;
}
