/* Dot products of neurons.h for cores with Helium. */
#ifndef EDGEQ_HELIUM_NEURONS_H
#define EDGEQ_HELIUM_NEURONS_H

#include <arm_mve.h>

#include "common/edgeq_native.h"

/* The groups behind the last four, `groups` of them: each neuron's words gathered. */
static inline void edgeq_dot_neurons_rest(const EDGEQ_FLASH int8_t *w, const int8_t *x,
                                          int32_t groups, int32_t sums[4]) {
  const uint32x4_t places = vidupq_n_u32(0, 4), words = vshlq_n_u32(places, 2);
  const mve_pred16_t within = vctp32q((uint32_t)groups);
  const uint32x4_t taps =
      vldrwq_gather_offset_z_u32((const uint32_t *)(const void *)x, places, within);
  for (int32_t k = 0; k < 4; ++k) {
    const void *const neuron = w + 4 * k;
    const uint32x4_t row = vldrwq_gather_offset_z_u32((const uint32_t *)neuron, words, within);
    sums[k] = vmladavaq_s8(sums[k], vreinterpretq_s8_u32(row), vreinterpretq_s8_u32(taps));
  }
}

/* Four groups at a time: 64 multiplications in 10 instructions. */
static inline const EDGEQ_FLASH int8_t *edgeq_dot_neurons(const EDGEQ_FLASH int8_t *w,
                                                          int32_t blocks, const int8_t *x,
                                                          int32_t groups, const int32_t *from,
                                                          int32_t *to) {
  (void)blocks;
  int32_t a = from[0], b = from[1], c = from[2], d = from[3];
  __asm__(
      "wls lr, %[n], 2f\n\t"
      "1: vld40.32 {q0, q1, q2, q3}, [%[w]]\n\t"
      "vld41.32 {q0, q1, q2, q3}, [%[w]]\n\t"
      "vld42.32 {q0, q1, q2, q3}, [%[w]]\n\t"
      "vld43.32 {q0, q1, q2, q3}, [%[w]]!\n\t"
      "vldrb.u8 q4, [%[x]], #16\n\t"
      "vmladava.s8 %[a], q0, q4\n\t"
      "vmladava.s8 %[b], q1, q4\n\t"
      "vmladava.s8 %[c], q2, q4\n\t"
      "vmladava.s8 %[d], q3, q4\n\t"
      "le lr, 1b\n\t"
      "2:"
      : [w] "+r"(w), [x] "+r"(x), [a] "+Te"(a), [b] "+Te"(b), [c] "+Te"(c), [d] "+Te"(d)
      : [n] "r"(groups >> 2)
      : "lr", "q0", "q1", "q2", "q3", "q4", "memory");
  to[0] = a;
  to[1] = b;
  to[2] = c;
  to[3] = d;
  if (groups & 3) {
    edgeq_dot_neurons_rest(w, x, groups & 3, to);
    w += 16 * (groups & 3);
  }
  return w;
}

#endif
