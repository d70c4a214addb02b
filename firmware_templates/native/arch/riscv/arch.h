/* RISC-V. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__riscv)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_BELOW "arch/portable/below_flag.h"

#if defined(__riscv_mul) && __riscv_xlen == 32 && !defined(__riscv_32e) && defined(__OPTIMIZE__)
#define EDGEQ_TILE_FILTERS 2
#define EDGEQ_DUAL_MULTIPLY "arch/riscv/dual_multiply.h"
#if !defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_NEURON_BLOCKS 4
#define EDGEQ_NEURONS "arch/riscv/neurons.h"
#endif
#endif

#endif
