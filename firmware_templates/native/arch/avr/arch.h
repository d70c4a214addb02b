/* AVR, whose registers and products are bytes: ATmega2560. */
#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__AVR__)
#define EDGEQ_INSTRUCTION_SET

#define EDGEQ_REGISTER_BYTES 1

/* A 24-bit pointer reads program memory beyond 64 KB, and RAM as well. */
#define EDGEQ_FLASH __memx
#define EDGEQ_FLASH_APART 1
#if !defined(__clang__)
#pragma GCC optimize("no-ipa-cp") /* GCC 5 breaks off at a flash address that it knows */
#endif

#define EDGEQ_HIGH_WORD "arch/portable/high_word_of_halves.h"
#define EDGEQ_HIGH_WORD_ROUNDED "arch/portable/high_word_of_halves_rounded.h"

#define EDGEQ_TILE_PIXELS 4
#define EDGEQ_TILE_GROUP_BYTES 16
#define EDGEQ_TILE_FILTERS 1
#define EDGEQ_GEMM_TILE "arch/avr/gemm_tile.h"

#define EDGEQ_NEURON_BLOCKS 1

#endif
