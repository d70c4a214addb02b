#include "common/exponential.h"

/* Rendered for
 *   NAME
 *   exp_f32
 */

/* EXP. */
static inline float edgeq_NAME_of(float x) {
  return edgeq_exp(x);
}

#include "activation/elements_f32.h"
