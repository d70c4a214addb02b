/* Thumb-2 without SIMD: Cortex-M3. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__thumb2__) && defined(__OPTIMIZE__)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_BELOW "arch/portable/below_flag.h"
#define EDGEQ_MIN_MAX "arch/thumb2/min_max.h"
#define EDGEQ_SATURATE "arch/thumb2/saturate.h"

#define EDGEQ_TILE_FILTERS 1
#define EDGEQ_DUAL_MULTIPLY "arch/thumb2/dual_multiply.h"

#define EDGEQ_NEURON_BLOCKS 1
#define EDGEQ_NEURONS "arch/thumb2/neurons.h"

#define EDGEQ_LINEAR_RUN "arch/thumb2/linear_run.h"

#if defined(__ARM_FEATURE_UNALIGNED)
#define EDGEQ_COPY_BYTES "arch/thumb2/copy_bytes.h"
#endif

#endif
