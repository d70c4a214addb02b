/* Rendered for the rows of the files that include it. */
#include "common/float32.h"

static inline float edgeq_NAME_added(float a, float b) {
  return a + b;
}
