/* The instruction set that the code is compiled for: the first of these folders whose condition
 * holds. Each states in its arch.h what it offers, portable/arch.h everything that can be stated
 * and what holds where the others say nothing. No other file outside of arch/ asks what the core
 * is. */
#ifndef EDGEQ_ARCH_H
#define EDGEQ_ARCH_H

#if defined(__ARM_FEATURE_MVE)
#include "arch/helium/arch.h"
#elif defined(__thumb2__) && defined(__ARM_FEATURE_SIMD32) && defined(__OPTIMIZE__)
#include "arch/arm_dsp/arch.h"
#elif defined(__thumb2__) && defined(__OPTIMIZE__)
#include "arch/thumb2/arch.h"
#elif defined(__thumb__) && !defined(__thumb2__)
#include "arch/thumb1/arch.h"
#elif defined(__riscv)
#include "arch/riscv/arch.h"
#elif defined(__AVR__)
#include "arch/avr/arch.h"
#endif
#include "arch/portable/arch.h"

#endif
