/* What compilers are told beyond C99. The one place that asks which compiler it is. */
#ifndef EDGEQ_COMPILER_H
#define EDGEQ_COMPILER_H

#include <stdint.h>
#include <string.h>

#include "arch/arch.h"

/* Whether loops are unrolled by hand. */
#if defined(EDGEQ_OPTIMIZE_SIZE)
#define EDGEQ_UNROLLED 0
#else
#define EDGEQ_UNROLLED 1
#endif

/* Becomes part of what calls it, however often. */
#if defined(__GNUC__)
#define EDGEQ_INLINE __attribute__((always_inline)) inline
#else
#define EDGEQ_INLINE inline
#endif

/* Keeps a hot loop in a function of its own, where it has all registers to itself. GCC must not
 * specialise it either: an inline assembly whose operands became constants has run out of registers
 * at -O3. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define EDGEQ_NOINLINE __attribute__((noipa))
#elif defined(__GNUC__)
#define EDGEQ_NOINLINE __attribute__((noinline))
#else
#define EDGEQ_NOINLINE
#endif

/* A function that is assembly alone: compilers must not look for registers that it changes or
 * memory that it leaves. */
#if defined(__clang__)
#define EDGEQ_NAKED __attribute__((naked, noinline))
#elif defined(__GNUC__)
#define EDGEQ_NAKED __attribute__((naked, noipa))
#endif

/* Keeps what several layers share in one copy, which compilers may still fit to what the layers
 * have in common. */
#if defined(__GNUC__)
#define EDGEQ_ONCE __attribute__((noinline, unused))
#else
#define EDGEQ_ONCE
#endif

/* Before a loop that is unrolled as far as it pays: Clang would go on, and spill. */
#if defined(__clang__)
#define EDGEQ_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define EDGEQ_ROLLED
#endif

/* In a loop of few iterations: keeps it as it is written. Unrolled, or made a division, it costs
 * more than it saves. */
#if defined(__GNUC__)
#define EDGEQ_AS_WRITTEN __asm__ volatile("")
#else
#define EDGEQ_AS_WRITTEN (void)0
#endif

/* Hides where a value comes from. Compilers that know would branch, or join accesses to
 * neighbours. */
#if defined(__GNUC__)
#define EDGEQ_OPAQUE(x) __asm__("" : "+r"(x))
#else
#define EDGEQ_OPAQUE(x) ((void)0)
#endif

/* EDGEQ_ANY hides what a variable may be: from the range of a narrow field GCC draws conclusions
 * that cost more registers than there are. EDGEQ_IN_ORDER is for sums and pointers that compilers
 * must have here: they would load all of a window ahead, and spill. */
#if defined(__GNUC__) && EDGEQ_REGISTER_BYTES >= 4
#define EDGEQ_ANY(x) __asm__("" : "+r"(x))
#define EDGEQ_IN_ORDER(a, b, c) __asm__("" : "+r"(a), "+r"(b), "+r"(c))
#else
#define EDGEQ_ANY(x) ((void)(x))
#define EDGEQ_IN_ORDER(a, b, c) ((void)0)
#endif

/* Two or four bytes at an address that is a multiple of as many, without punning types. The builtin
 * stays one access even in freestanding builds, where memcpy is a call. */
#if defined(__GNUC__) && EDGEQ_REGISTER_BYTES >= 4
#define EDGEQ_ALIGNED __attribute__((aligned(4)))
#define EDGEQ_COPY_ALIGNED(to, from, bytes)                                                    \
  __builtin_memcpy(__builtin_assume_aligned(to, bytes), __builtin_assume_aligned(from, bytes), \
                   bytes)
#else
#define EDGEQ_ALIGNED
#define EDGEQ_COPY_ALIGNED(to, from, bytes) memcpy(to, from, bytes)
#endif
#define EDGEQ_COPY_PAIR(to, from) EDGEQ_COPY_ALIGNED(to, from, 2)
#define EDGEQ_COPY_WORD(to, from) EDGEQ_COPY_ALIGNED(to, from, 4)

/* From here on a product is rounded before it is added to something. GCC has no word for it. */
#if defined(__clang__) || !defined(__GNUC__)
#define EDGEQ_ROUND_PRODUCTS _Pragma("STDC FP_CONTRACT OFF")
#else
#define EDGEQ_ROUND_PRODUCTS
#endif

#endif
