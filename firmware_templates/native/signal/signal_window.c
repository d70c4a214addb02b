#include "common/edgeq_native.h"

typedef struct {
  int32_t elements, window, shift; /* of x, of the window; 0 to 31 */
} edgeq_signal_window_params;

/* SIGNAL_WINDOW on int16: products with the window, shifted right and saturated.
 * x: [elements / window, window], any value
 * window: [window], any value; computed or constant
 * y: [elements]; may be x itself or start below it, shares no byte with the window
 */
EDGEQ_KERNEL void edgeq_signal_window(const EDGEQ_FLASH edgeq_signal_window_params *p,
                                      const int16_t *x, const EDGEQ_FLASH int16_t *window,
                                      int16_t *y) {
  for (int32_t first = 0; first < p->elements; first += p->window) {
    for (int32_t i = 0; i < p->window; ++i) {
      const int32_t product = ((int32_t)x[first + i] * window[i]) >> p->shift;
      y[first + i] = (int16_t)edgeq_clamp(product, INT16_MIN, INT16_MAX);
    }
  }
}
