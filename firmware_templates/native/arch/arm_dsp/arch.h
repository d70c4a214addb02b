/* ARM's DSP extension, two products of 16 bits an instruction: Cortex-M4, M7, M33. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__thumb2__) && \
    defined(__ARM_FEATURE_SIMD32) && defined(__OPTIMIZE__)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_BELOW "arch/portable/below_flag.h"
#define EDGEQ_MIN_MAX "arch/thumb2/min_max.h"
#define EDGEQ_HIGH_WORD_ROUNDED "arch/arm_dsp/high_word_rounded.h"
#define EDGEQ_SATURATE "arch/thumb2/saturate.h"

#define EDGEQ_TILE_FILTERS 1
#define EDGEQ_GEMM_TILE "arch/arm_dsp/gemm_tile.h"

#if !defined(__ARM_BIG_ENDIAN) /* a word is split into the bytes of two filters */
#define EDGEQ_GEMM_EPILOGUE "arch/arm_dsp/gemm_epilogue.h"
#define EDGEQ_INTERLEAVED_FILTERS 2
#endif

#if defined(__ARM_FEATURE_UNALIGNED)
#define EDGEQ_COPY_BYTES "arch/thumb2/copy_bytes.h"
#endif

#define EDGEQ_NEURON_BLOCKS 1
#define EDGEQ_NEURONS "arch/arm_dsp/neurons.h"

#if !defined(__ARM_BIG_ENDIAN) && !defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_NEURON_ROW "arch/arm_dsp/neuron_row.h"
#define EDGEQ_INTERLEAVED_NEURONS 2
#endif

#define EDGEQ_LINEAR_RUN "arch/thumb2/linear_run.h"

#if !defined(__ARM_BIG_ENDIAN) /* two taps in a word, the first below */
#define EDGEQ_CHANNEL_TAP_BYTES 2
#define EDGEQ_CHANNEL_FILTER_COPIES 2
#define EDGEQ_3X3_SHIFT 8
#define EDGEQ_PER_CHANNEL "arch/arm_dsp/per_channel.h"
#endif

#endif
