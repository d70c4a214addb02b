/* Rendered for the rows of the files that include it. */
/* Average pooling of int8 by vectors of channels. */
#ifndef EDGEQ_HELIUM_AVERAGE_POOL_H
#define EDGEQ_HELIUM_AVERAGE_POOL_H

#include <arm_mve.h>

#include "pooling/mean.h"

/* The means of all channels in a window, four channels at a time; x: the image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_NAME_params *p, const int8_t *x,
                             edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  const edgeq_divisor divisor = edgeq_divisor_of(window);
  for (int32_t c = 0; c < g->channels; c += 4) {
    const mve_pred16_t wanted = vctp32q((uint32_t)(g->channels - c));
    int32x4_t sums = vdupq_n_s32(0);
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = window.columns; j > 0; --j, element += g->channels) {
        sums = vaddq_s32(sums, vldrbq_z_s32(element, wanted));
      }
    }
    int32_t sum[4];
    vstrwq_s32(sum, sums);
    for (int32_t k = 0; k < 4 && c + k < g->channels; ++k) {
      y[c + k] = edgeq_NAME_of(p, sum[k], &divisor);
    }
  }
}

#endif
