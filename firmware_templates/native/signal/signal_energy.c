#include "common/edgeq_native.h"

typedef struct {
  int32_t bins, start, end;
} edgeq_signal_energy_params;

/* SIGNAL_ENERGY of int16: the square of the absolute value of each bin from start to end, 0 of the
 * others.
 * x: [bins, 2], real and imaginary parts, any value
 * y: [bins]; may be x itself or start below it
 */
EDGEQ_KERNEL void edgeq_signal_energy(const EDGEQ_FLASH edgeq_signal_energy_params *p,
                                      const int16_t *x, uint32_t *y) {
  for (int32_t bin = 0; bin < p->bins; ++bin) {
    int16_t parts[2];
    memcpy(parts, x + 2 * bin, sizeof parts); /* before y, which may lie in their place */
    const int32_t real = parts[0], imaginary = parts[1];
    const uint32_t energy = (uint32_t)(real * real) + (uint32_t)(imaginary * imaginary);
    y[bin] = bin >= p->start && bin < p->end ? energy : 0;
  }
}
