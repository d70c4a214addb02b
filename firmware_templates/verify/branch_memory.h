/* The one branch that a RISC-V core's predictor remembers, as Hazard3's does: the conditional branch backward
 * that was last taken. It is foretold to be taken again, and forgotten where it is not.
 */
#ifndef EDGEQ_BRANCH_MEMORY_H
#define EDGEQ_BRANCH_MEMORY_H

#include <stdint.h>

typedef struct {
  const uint8_t *code; /* the image's flash; 0: the core remembers no branch */
  uint32_t base, bytes;
  uint32_t end; /* address behind the branch that is remembered, 0: none */
} edgeq_branch_memory;

typedef enum { NOT_FORETOLD, FORETOLD, FORETOLD_WRONGLY } edgeq_foretold;

/* Whether code[0] to code[size - 1], RISC-V instructions of 2 and 4 bytes, end in a conditional branch. */
static int ends_in_condition(const uint8_t *code, uint32_t size) {
  int conditional = 0;
  for (uint32_t at = 0; at + 2 <= size;) {
    const uint32_t half = (uint32_t)code[at] | (uint32_t)code[at + 1] << 8;
    const int wide = (half & 3) == 3;
    conditional = wide ? (half & 0x7F) == 0x63 : (half & 0xC003) == 0xC001; /* c.beqz, c.bnez */
    at += wide ? 4 : 2;
  }
  return conditional;
}

static int is_conditional(const edgeq_branch_memory *memory, uint32_t address, uint32_t size) {
  const uint32_t offset = address - memory->base;
  if (memory->code == 0 || offset >= memory->bytes || size > memory->bytes - offset) {
    return 0;
  }
  return ends_in_condition(memory->code + offset, size);
}

/* What the core foretold of a conditional branch that ends at `end`, behind which `next` came. */
static edgeq_foretold foretell(edgeq_branch_memory *memory, uint32_t end, uint32_t next) {
  const int taken = next != end;
  if (memory->end == end) {
    if (!taken) {
      memory->end = 0;
    }
    return taken ? FORETOLD : FORETOLD_WRONGLY;
  }
  if (taken && next < end) {
    memory->end = end;
  }
  return NOT_FORETOLD;
}

#endif
