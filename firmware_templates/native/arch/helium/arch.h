/* Helium, ARM's vector extension (MVE): Cortex-M52, M55, M85. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__ARM_FEATURE_MVE)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_WORD_EXTENTS 1

#define EDGEQ_BELOW "arch/portable/below_flag.h"
#define EDGEQ_MIN_MAX "arch/thumb2/min_max.h"
#define EDGEQ_HIGH_WORD_ROUNDED "arch/arm_dsp/high_word_rounded.h"
#define EDGEQ_SATURATE "arch/thumb2/saturate.h"

#define EDGEQ_TILE_PIXELS 4
#define EDGEQ_TILE_GROUP_BYTES 16
#define EDGEQ_TILE_FILTERS 1
#define EDGEQ_WHOLE_TAPS 16

#define EDGEQ_GEMM_TILE "arch/helium/gemm_tile.h"
#define EDGEQ_GEMM_EPILOGUE "arch/helium/gemm_epilogue.h"
#define EDGEQ_COPY_BYTES "arch/helium/copy_bytes.h"

#define EDGEQ_NEURON_BLOCKS 1
#define EDGEQ_NEURONS "arch/helium/neurons.h"
#define EDGEQ_NEURONS_EPILOGUE "arch/helium/neurons_epilogue.h"

#define EDGEQ_3X3_LINES 4
#define EDGEQ_3X3_VECTOR_BYTES 16
#define EDGEQ_PER_CHANNEL "arch/helium/per_channel.h"

#define EDGEQ_LINEAR_RUN "arch/helium/linear_run.h"
#define EDGEQ_AVERAGE_POOL "arch/helium/average_pool.h"
#define EDGEQ_MAX_POOL "arch/helium/max_pool.h"

#endif
