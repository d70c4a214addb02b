/* Everything that an instruction set can state, and what holds where it does not: C that compilers
 * make the best of on any core.
 *
 * A file in quotation marks is a piece; kernels include it by its name here. Its contract stands at
 * the name, its twins for other instruction sets compute the same bytes. Numbers are read by edgeq
 * as well, which lays out scratch for the instruction set that asks for most, since the same C is
 * compiled for every core. */

/* Constants stay in flash; a qualifier where pointers to it differ from those to RAM. */
#ifndef EDGEQ_FLASH
#define EDGEQ_FLASH
#define EDGEQ_FLASH_APART 0
#endif

/* Bytes of a register. */
#ifndef EDGEQ_REGISTER_BYTES
#define EDGEQ_REGISTER_BYTES 4
#endif

/* Whether an int has 32 bits. */
#ifndef EDGEQ_WIDE_INT
#if defined(__SIZEOF_INT__) && __SIZEOF_INT__ >= 4
#define EDGEQ_WIDE_INT 1
#else
#define EDGEQ_WIDE_INT 0
#endif
#endif

/* Whether a layer's sizes are stored as 32-bit words where 16 bits would hold them. That pays on
 * cores which load two words by one instruction, in layers whose loops are short. */
#ifndef EDGEQ_WORD_EXTENTS
#define EDGEQ_WORD_EXTENTS 0
#endif

/* int32_t edgeq_below(a, b): all ones where a < b, else 0. */
#ifndef EDGEQ_BELOW
#define EDGEQ_BELOW "arch/portable/below.h"
#endif

/* int32_t edgeq_smaller(a, b) and edgeq_larger(a, b), less than 2^31 apart; edgeq_clamp(x, low,
 * high), whatever they are. */
#ifndef EDGEQ_MIN_MAX
#define EDGEQ_MIN_MAX "arch/portable/min_max.h"
#endif

/* int32_t edgeq_high_word(a, b): that of a * b; edgeq_rounding_doubling_high_mul(a, b): a * b /
 * 2^31 to nearest, ties up, modulo 2^32. */
#ifndef EDGEQ_HIGH_WORD
#define EDGEQ_HIGH_WORD "arch/portable/high_word.h"
#endif

/* int32_t edgeq_high_word_rounded(a, b): a * b / 2^32 to nearest, ties up; edgeq_add_high_word(a,
 * b, c): a plus that of b * c. */
#ifndef EDGEQ_HIGH_WORD_ROUNDED
#define EDGEQ_HIGH_WORD_ROUNDED "arch/portable/high_word_rounded.h"
#endif

/* int32_t edgeq_saturate_s8(x): x from -128 to 127; |x| < 2^31 - 384. */
#ifndef EDGEQ_SATURATE
#define EDGEQ_SATURATE "arch/portable/saturate.h"
#endif

/* Pixels whose windows one pass over a filter meets, and bytes of 4 taps of all their columns, laid
 * out as edgeq_tap. */
#ifndef EDGEQ_TILE_PIXELS
#define EDGEQ_TILE_PIXELS 4
#define EDGEQ_TILE_GROUP_BYTES 32
#endif

/* Filters that go together; with 32 registers two share what is loaded of the columns. */
#ifndef EDGEQ_TILE_FILTERS
#if defined(__xtensa__) || defined(__arm__)
#define EDGEQ_TILE_FILTERS 1
#else
#define EDGEQ_TILE_FILTERS 2
#endif
#endif

/* Taps of a column that are laid out together: 4, or a power of two above. */
#ifndef EDGEQ_WHOLE_TAPS
#define EDGEQ_WHOLE_TAPS 4
#endif

/* The inner loop of convolutions: convolution/gemm_tile.h. */
#ifndef EDGEQ_GEMM_TILE
#define EDGEQ_GEMM_TILE "arch/portable/gemm_tile.h"
#endif

/* edgeq_dual_multiply_sums of portable/gemm_tile.h. */
#ifndef EDGEQ_DUAL_MULTIPLY
#define EDGEQ_DUAL_MULTIPLY "arch/portable/dual_multiply.h"
#endif

/* edgeq_conv_2d_single_multiply and edgeq_conv_2d_double_rounding: from columns to outputs. */
#ifndef EDGEQ_GEMM_EPILOGUE
#define EDGEQ_GEMM_EPILOGUE "arch/portable/gemm_epilogue.h"
#endif

/* How many filters' bytes lie in turns where edgeq_conv_2d_single_multiply and its twin read them:
 * 1, or 2, of each group the taps 0 and 2, then 1 and 3 of both (opkit/im2col.py). */
#ifndef EDGEQ_INTERLEAVED_FILTERS
#define EDGEQ_INTERLEAVED_FILTERS 1
#endif

/* edgeq_copy_bytes and edgeq_set_bytes: short runs; each gives the place behind what it wrote. */
#ifndef EDGEQ_COPY_BYTES
#define EDGEQ_COPY_BYTES "arch/portable/copy_bytes.h"
#endif

/* Blocks of four neurons that one pass over the inputs meets. */
#ifndef EDGEQ_NEURON_BLOCKS
#if defined(__arm__) || defined(__xtensa__) || defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_NEURON_BLOCKS 1
#else
#define EDGEQ_NEURON_BLOCKS 2
#endif
#endif

/* The inner loop of fully connected layers: fully_connected/neurons.h. */
#ifndef EDGEQ_NEURONS
#define EDGEQ_NEURONS "arch/portable/neurons.h"
#endif

/* edgeq_fully_connected_row: fully_connected/neuron_layer.h. */
#ifndef EDGEQ_NEURON_ROW
#define EDGEQ_NEURON_ROW "arch/portable/neuron_row.h"
#endif

/* How many neurons' bytes lie in turns there: 1, or 2, of each group the taps 0 and 2, then 1 and 3
 * of both (opkit/im2col.py). */
#ifndef EDGEQ_INTERLEAVED_NEURONS
#define EDGEQ_INTERLEAVED_NEURONS 1
#endif

/* edgeq_finish_single_multiply and edgeq_finish_double_rounding: four sums to outputs. */
#ifndef EDGEQ_NEURONS_EPILOGUE
#define EDGEQ_NEURONS_EPILOGUE "arch/portable/neurons_epilogue.h"
#endif

/* Bytes of a tap of a depthwise convolution's buffer, and what is added to it there. */
#ifndef EDGEQ_CHANNEL_TAP_BYTES
#define EDGEQ_CHANNEL_TAP_BYTES 1
#endif
#ifndef EDGEQ_CHANNEL_TAP_OFFSET
#define EDGEQ_CHANNEL_TAP_OFFSET 0
#endif

/* How often a channel's filter lies in scratch, each copy one tap further into its words. */
#ifndef EDGEQ_CHANNEL_FILTER_COPIES
#define EDGEQ_CHANNEL_FILTER_COPIES 1
#endif

/* The largest shift of the epilogue that loops for 3x3 filters take. */
#ifndef EDGEQ_3X3_SHIFT
#define EDGEQ_3X3_SHIFT 31
#endif

/* Lines that loops for 3x3 filters lay side by side behind the buffer, so many bytes of each at a
 * time; 0: they do not. */
#ifndef EDGEQ_3X3_LINES
#define EDGEQ_3X3_LINES 0
#define EDGEQ_3X3_VECTOR_BYTES 0
#endif

/* The inner loops of depthwise convolutions: depthwise/per_channel.h. */
#ifndef EDGEQ_PER_CHANNEL
#define EDGEQ_PER_CHANNEL "arch/portable/per_channel.h"
#endif

/* edgeq_linear_run: a run of elementwise/sum_linear_s8.c. */
#ifndef EDGEQ_LINEAR_RUN
#define EDGEQ_LINEAR_RUN "arch/portable/linear_run.h"
#endif

/* edgeq_NAME_pixel of pooling/average_pool_2d.c for int8: the means of all channels in a window. */
#ifndef EDGEQ_AVERAGE_POOL
#define EDGEQ_AVERAGE_POOL "arch/portable/average_pool.h"
#endif

/* edgeq_NAME_pixel of pooling/max_pool_2d.c for int8: the largest elements of all channels in a
 * window. */
#ifndef EDGEQ_MAX_POOL
#define EDGEQ_MAX_POOL "arch/portable/max_pool.h"
#endif
