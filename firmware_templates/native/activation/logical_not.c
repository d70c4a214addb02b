#include <stdbool.h>

#include "common/edgeq_native.h"

typedef struct {
  int32_t elements;
} edgeq_logical_not_params;

/* LOGICAL_NOT.
 * x: [elements]
 * y: [elements]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_logical_not(
    const EDGEQ_FLASH edgeq_logical_not_params *p, const bool *x, bool *y) {
  for (int32_t i = 0; i < p->elements; ++i) {
    int32_t value = x[i]; /* by itself, so that no compiler reads several bytes as a word */
    EDGEQ_OPAQUE(value);
    y[i] = (value ^ 1) & 1;
  }
}
