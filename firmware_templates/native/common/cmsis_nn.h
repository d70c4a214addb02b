/* What the calls of CMSIS-NN's functions share. */
#ifndef EDGEQ_CMSIS_NN_H
#define EDGEQ_CMSIS_NN_H

#include "common/edgeq_native.h"

#include <arm_nnfunctions.h>

#if defined(CMSIS_NN_USE_SINGLE_ROUNDING)
#error "leave CMSIS_NN_USE_SINGLE_ROUNDING out: the model was quantized for two roundings"
#endif

/* Constants of the output channels. */
typedef struct {
  const int32_t *bias, *multiplier, *shift;
} edgeq_cmsis_nn_channels;

/* The library takes them by pointers that are not const, and only reads. */
static inline cmsis_nn_per_channel_quant_params edgeq_cmsis_nn_scales(
    const edgeq_cmsis_nn_channels *channels) {
  return (cmsis_nn_per_channel_quant_params){(int32_t *)channels->multiplier,
                                             (int32_t *)channels->shift};
}

#endif
