/* An imaginary core that multiplies eight numbers of 16 bits at once, with registers for three
 * filters and for three blocks of neurons; its loops are C here. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__EIGHT_LANES__)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_TILE_PIXELS 8
#define EDGEQ_TILE_GROUP_BYTES 64
#define EDGEQ_TILE_FILTERS 3
#define EDGEQ_GEMM_TILE "arch/eight_lanes/gemm_tile.h"

#define EDGEQ_NEURON_BLOCKS 3
#define EDGEQ_NEURONS "arch/eight_lanes/neurons.h"

#define EDGEQ_CHANNEL_TAP_OFFSET 128

#endif
