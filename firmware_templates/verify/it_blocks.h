/* What hooks of memory accesses have to undo of Unicorn's on Thumb cores. */
#ifndef EDGEQ_IT_BLOCKS_H
#define EDGEQ_IT_BLOCKS_H

#include <stdint.h>

typedef int edgeq_register(void *emulator, int which, void *value); /* Unicorn's access to a register */

/* The bits of the status register that say where the core stands in an IT block. */
#define IT_BITS 0x0600FC00u

/* At every access that is watched, Unicorn puts the core's whole state in order, the IT bits too. What it has
 * translated takes them for 0, and would go on as if the block had not ended. which: the status register. */
static void end_block_of_conditions(void *emulator, edgeq_register *read, edgeq_register *write, uint64_t which) {
  uint32_t status = 0;
  read(emulator, (int)which, &status);
  if (status & IT_BITS) {
    status &= ~IT_BITS;
    write(emulator, (int)which, &status);
  }
}

#endif
