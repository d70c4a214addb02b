/* Thumb-1, whose products have 32 bits: Cortex-M0, M0+, M23. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__thumb__) && !defined(__thumb2__)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_BELOW "arch/thumb1/below.h"
#define EDGEQ_HIGH_WORD "arch/portable/high_word_of_halves.h"
#define EDGEQ_HIGH_WORD_ROUNDED "arch/portable/high_word_of_halves_rounded.h"

#define EDGEQ_TILE_FILTERS 1
#define EDGEQ_DUAL_MULTIPLY "arch/thumb1/dual_multiply.h"

#define EDGEQ_NEURON_BLOCKS 1
#define EDGEQ_NEURONS "arch/thumb1/neurons.h"

#define EDGEQ_CHANNEL_TAP_OFFSET 128 /* unsigned bytes are loaded in fewer instructions */

#endif
