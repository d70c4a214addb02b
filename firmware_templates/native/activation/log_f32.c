#include "common/logarithm_f32.h"

/* Rendered for
 *   NAME
 *   log_f32
 */

/* LOG. */
static inline float edgeq_NAME_of(float x) {
  return edgeq_log(x);
}

#include "activation/elements_f32.h"
