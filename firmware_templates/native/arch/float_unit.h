/* Which registers floating-point units have, beside the integer instruction set that arch.h
 * chooses.
 *
 * EDGEQ_ROUNDED keeps a float product from being fused with the sum behind it, which would round
 * once where the reference rounds twice; EDGEQ_ROUNDED_DOUBLE a double one. GCC fuses across
 * statements and knows no FP_CONTRACT. Cores without a unit for the type have nothing to fuse. */
#ifndef EDGEQ_FLOAT_UNIT_H
#define EDGEQ_FLOAT_UNIT_H

#if defined(__AVR__) && !defined(__clang__)
#pragma GCC optimize("no-tree-ter") /* GCC 5 loses the first of two floats from flash in one call */
#endif
#if !defined(__GNUC__) || defined(__AVR__)
#define EDGEQ_ROUNDED(product) (void)0
#define EDGEQ_ROUNDED_DOUBLE(product) (void)0
#elif defined(__aarch64__)
#define EDGEQ_ROUNDED(product) __asm__("" : "+w"(product))
#define EDGEQ_ROUNDED_DOUBLE(product) __asm__("" : "+w"(product))
#elif defined(__arm__)
#if defined(__ARM_FP) && (__ARM_FP & 4)
#define EDGEQ_ROUNDED(product) __asm__("" : "+t"(product))
#else
#define EDGEQ_ROUNDED(product) (void)0
#endif
#if defined(__ARM_FP) && (__ARM_FP & 8)
#define EDGEQ_ROUNDED_DOUBLE(product) __asm__("" : "+w"(product))
#else
#define EDGEQ_ROUNDED_DOUBLE(product) (void)0
#endif
#elif defined(__riscv)
#if defined(__riscv_flen)
#define EDGEQ_ROUNDED(product) __asm__("" : "+f"(product))
#else
#define EDGEQ_ROUNDED(product) (void)0
#endif
#if defined(__riscv_flen) && __riscv_flen >= 64
#define EDGEQ_ROUNDED_DOUBLE(product) __asm__("" : "+f"(product))
#else
#define EDGEQ_ROUNDED_DOUBLE(product) (void)0
#endif
#elif defined(__SSE2__)
#define EDGEQ_ROUNDED(product) __asm__("" : "+x"(product))
#define EDGEQ_ROUNDED_DOUBLE(product) __asm__("" : "+x"(product))
#else
#define EDGEQ_ROUNDED(product) __asm__("" : "+m"(product))
#define EDGEQ_ROUNDED_DOUBLE(product) __asm__("" : "+m"(product))
#endif

#endif
