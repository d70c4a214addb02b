/* The requantization epilogue of fully connected layers in C. */
#ifndef EDGEQ_PORTABLE_NEURONS_EPILOGUE_H
#define EDGEQ_PORTABLE_NEURONS_EPILOGUE_H

#include "common/requantize.h"

/* Four sums, their biases added, to outputs. */
#if EDGEQ_UNROLLED
#define EDGEQ_FOUR(output) y[0] = output(0), y[1] = output(1), y[2] = output(2), y[3] = output(3)
#else
#define EDGEQ_FOUR(output)        \
  EDGEQ_ROLLED                    \
  for (int32_t k = 0; k < 4; ++k) \
  y[k] = output(k)
#endif

static inline void edgeq_finish_single_multiply(const int32_t sums[4],
                                                const EDGEQ_FLASH int32_t *scale, int32_t shift,
                                                int8_t *y) {
#define EDGEQ_OUTPUT(k) edgeq_single_multiply(sums[k], 0, scale[k], scale[4 + (k)], shift)
  EDGEQ_FOUR(EDGEQ_OUTPUT);
#undef EDGEQ_OUTPUT
}

static inline void edgeq_finish_double_rounding(const int32_t sums[4],
                                                const EDGEQ_FLASH int32_t *scale, int8_t *y) {
#define EDGEQ_OUTPUT(k) edgeq_double_rounding(sums[k], 0, scale + (k), 4)
  EDGEQ_FOUR(EDGEQ_OUTPUT);
#undef EDGEQ_OUTPUT
}

#endif
