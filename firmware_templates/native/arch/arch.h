/* The instruction set that the code is compiled for: the first of these folders whose condition
 * holds. Each states in its arch.h when that is and what it offers, portable/arch.h everything that
 * can be stated and what holds where the others say nothing. No other file outside of arch/ asks
 * what the core is. */
#ifndef EDGEQ_ARCH_H
#define EDGEQ_ARCH_H

#include "arch/helium/arch.h"
#include "arch/arm_dsp/arch.h"
#include "arch/thumb2/arch.h"
#include "arch/thumb1/arch.h"
#include "arch/riscv/arch.h"
#include "arch/avr/arch.h"
#include "arch/portable/arch.h"

#endif
