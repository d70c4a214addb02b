/* Rendered for the rows of the files that include it. */
/* Max pooling of int8 by vectors of channels. */
#ifndef EDGEQ_HELIUM_MAX_POOL_H
#define EDGEQ_HELIUM_MAX_POOL_H

#include <arm_mve.h>

#include "pooling/pool.h"

/* The largest elements of all channels in a window, 16 channels at a time, clamped; x: the
 * image. */
static void edgeq_NAME_pixel(const EDGEQ_FLASH edgeq_NAME_params *p, const int8_t *x,
                             edgeq_pool_window window, int8_t *y) {
  const EDGEQ_FLASH edgeq_pool_geometry *const g = &p->geometry;
  for (int32_t c = 0; c < g->channels; c += 16) {
    const mve_pred16_t wanted = vctp8q((uint32_t)(g->channels - c));
    int8x16_t largest = vdupq_n_s8((int8_t)p->activation_min);
    for (int32_t i = 0; i < window.rows; ++i) {
      const int8_t *element = x + window.at + i * g->input_width * g->channels + c;
      for (int32_t j = window.columns; j > 0; --j, element += g->channels) {
        largest = vmaxq_s8(largest, vldrbq_z_s8(element, wanted));
      }
    }
    vstrbq_p_s8(y + c, vminq_s8(largest, vdupq_n_s8((int8_t)p->activation_max)), wanted);
  }
}

#endif
