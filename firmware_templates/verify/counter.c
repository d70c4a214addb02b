/* Counts instructions for the emulator, which calls edgeq_count_block at the start of every basic block, and
 * edgeq_check_alignment at every access.
 *
 * Built for the machine that emulates, because callbacks in Python cost a thousand times as much.
 */
#include <stddef.h>
#include <stdint.h>

#include "it_blocks.h"

typedef struct {
  uint32_t size;         /* bytes of the block that starts here, 0: not seen yet */
  uint32_t instructions; /* how many instructions they hold */
} edgeq_block;

typedef struct {
  uint64_t instructions;       /* of all blocks entered so far, each in full */
  uint64_t block;              /* address of the last block entered */
  uint64_t block_instructions; /* instructions in it */
  uint64_t base;               /* address of code[0] */
  uint64_t bytes;              /* of code */
  const uint8_t *code;         /* the image's flash */
  edgeq_block *blocks;         /* [bytes / 2], zeros to begin with: what is known of a block by its start */
  uint64_t encoding;           /* 0: Thumb, 1: RISC-V with compressed instructions, 2: 4 bytes each */
  uint64_t misaligned;         /* address of the first access that is no multiple of its size, 0: none */
  edgeq_register *read, *write;
  uint64_t status;             /* the number of Thumb's status register, 0: no Thumb */
} edgeq_counter;

/* Bytes of an instruction by its first halfword. Thumb: 11101, 11110 and 11111 begin 4 bytes; RISC-V: ..11 does. */
static uint32_t width(const uint8_t *code, uint64_t encoding) {
  const int wide = encoding == 0 ? code[1] >= 0xE8 : encoding == 2 || (code[0] & 3) == 3;
  return wide ? 4 : 2;
}

/* Instructions in code[0] to code[size - 1], which hold nothing else. */
static uint32_t count(const uint8_t *code, uint32_t size, uint64_t encoding) {
  uint32_t instructions = 0;
  for (uint32_t at = 0; at < size; at += width(code + at, encoding)) {
    ++instructions;
  }
  return instructions;
}

/* Instructions of the last block that lie before `address`, which is inside of it or its end. */
uint64_t edgeq_count_before(const edgeq_counter *counter, uint64_t address) {
  const uint8_t *block = counter->code + (counter->block - counter->base);
  return count(block, (uint32_t)(address - counter->block), counter->encoding);
}

/* Called at every access to memory, for cores that fault where emulators do not. */
void edgeq_check_alignment(void *emulator, int type, uint64_t address, int size, int64_t value,
                           edgeq_counter *counter) {
  (void)type;
  (void)value;
  if (counter->status != 0) {
    end_block_of_conditions(emulator, counter->read, counter->write, counter->status);
  }
  if ((address & (uint64_t)(size - 1)) != 0 && counter->misaligned == 0) {
    counter->misaligned = address;
  }
}

void edgeq_count_block(void *emulator, uint64_t address, uint32_t size, edgeq_counter *counter) {
  (void)emulator;
  const uint64_t offset = address - counter->base;
  if (offset >= counter->bytes || size > counter->bytes - offset) {
    return;
  }
  edgeq_block *block = &counter->blocks[offset / 2];
  if (block->size != size) {
    block->size = size;
    block->instructions = count(counter->code + offset, size, counter->encoding);
  }
  counter->instructions += block->instructions;
  counter->block = address;
  counter->block_instructions = block->instructions;
}
