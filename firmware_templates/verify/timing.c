/* Counts what the cycles of a core are computed from: how often each basic block ran, how often it fell
 * through to the next, which branches a RISC-V core foretold, which sectors of flash the caches in front
 * of it lacked, and accesses that are not aligned. The emulator calls edgeq_time_block at the start of
 * every basic block and edgeq_time_access at every access to memory.
 *
 * Built for the machine that emulates, because callbacks in Python cost a thousand times as much. */
#include <stdint.h>

#include "branch_memory.h"
#include "flash_caches.h"
#include "it_blocks.h"

#define BLOCKS 16384u
#define PLACES 32768u /* of the hash table, a power of two */
#define PROBES 256u   /* places tried for one block */
#define FLASHES 16u   /* that one core is timed with */

typedef struct {
  uint32_t address, size; /* bytes */
  uint64_t count;         /* executions */
  uint64_t fell;          /* of these, those that the block behind it in memory came next */
  uint64_t misaligned;    /* accesses that are no multiple of their size */
  uint64_t foretold;      /* of the executions, those whose branch at the end was foretold and taken */
  uint64_t mistaken;      /* those whose branch was foretold and not taken */
  uint64_t conditional;   /* 1: a RISC-V core's conditional branch is at its end */
} edgeq_timed_block;

typedef struct {
  uint64_t used;                    /* how many blocks were seen */
  edgeq_timed_block blocks[BLOCKS]; /* in the order in which they were */
  uint16_t place[PLACES];           /* which block, and 1; 0: the place is free */
  edgeq_timed_block *last;
  uint64_t lost; /* blocks that found no place */
  uint32_t origin, flash_bytes;
  edgeq_register *read, *write;
  uint64_t status; /* the number of Thumb's status register, 0: no Thumb */
  edgeq_branch_memory branches;
  uint32_t flashes; /* how many of `flash` there are */
  edgeq_flash flash[FLASHES];
} edgeq_timing;

uint64_t edgeq_timing_bytes(void) {
  return sizeof(edgeq_timing);
}

/* Begins with empty caches. `timing` holds edgeq_timing_bytes() zeros. origin: where flash begins. shapes: of
 * the flashes that the core is timed with, each by itself. code: flash of a core that remembers a branch, else 0.
 */
void edgeq_timing_begin(edgeq_timing *timing, uint32_t origin, uint32_t flash_bytes, const edgeq_flash_shape *shapes,
                        uint32_t flashes, edgeq_register *read, edgeq_register *write, uint64_t status,
                        const uint8_t *code, uint32_t code_bytes) {
  timing->branches = (edgeq_branch_memory){code, origin, code_bytes, 0};
  timing->origin = origin;
  timing->flash_bytes = flash_bytes;
  timing->read = read;
  timing->write = write;
  timing->status = status;
  timing->flashes = flashes < FLASHES ? flashes : FLASHES;
  for (uint32_t i = 0; i < timing->flashes; ++i) {
    shape_flash(&timing->flash[i], shapes[i]);
  }
}

/* counts: of each flash, the sectors that were read for fetches and for loads, out of order and in order. */
void edgeq_timing_sectors(const edgeq_timing *timing, uint64_t *counts) {
  for (uint32_t i = 0; i < timing->flashes; ++i) {
    counts[4 * i] = timing->flash[i].fetched[0];
    counts[4 * i + 1] = timing->flash[i].fetched[1];
    counts[4 * i + 2] = timing->flash[i].loaded[0];
    counts[4 * i + 3] = timing->flash[i].loaded[1];
  }
}

static edgeq_timed_block *find(edgeq_timing *timing, uint32_t address, uint32_t size) {
  const uint32_t hash = (address >> 1) * 2654435761u + size * 40503u;
  for (uint32_t probe = 0; probe < PROBES; ++probe) {
    uint16_t *place = &timing->place[((hash >> 16) + probe) % PLACES];
    if (*place == 0 && timing->used == BLOCKS) {
      return 0;
    }
    if (*place == 0) {
      edgeq_timed_block *added = &timing->blocks[timing->used++];
      *place = (uint16_t)timing->used;
      added->address = address;
      added->size = size;
      added->conditional = (uint64_t)is_conditional(&timing->branches, address, size);
    }
    edgeq_timed_block *block = &timing->blocks[*place - 1];
    if (block->address == address && block->size == size) {
      return block;
    }
  }
  return 0;
}

/* Counts how a block was left for the one at `next`. */
static void leave(edgeq_timing *timing, edgeq_timed_block *block, uint32_t next) {
  const uint32_t end = block->address + block->size;
  block->fell += end == next;
  if (block->conditional) {
    const edgeq_foretold foretold = foretell(&timing->branches, end, next);
    block->foretold += foretold == FORETOLD;
    block->mistaken += foretold == FORETOLD_WRONGLY;
  }
}

void edgeq_time_block(void *emulator, uint64_t address, uint32_t size, edgeq_timing *timing) {
  (void)emulator;
  const uint32_t at = (uint32_t)address;
  if (timing->last != 0) {
    leave(timing, timing->last, at);
  }
  edgeq_timed_block *block = size == 0 ? 0 : find(timing, at, size);
  timing->last = block;
  if (block == 0) {
    timing->lost += size != 0;
    return;
  }
  block->count += 1;
  const uint32_t offset = at - timing->origin;
  for (uint32_t i = 0; offset < timing->flash_bytes && i < timing->flashes; ++i) {
    fetch(&timing->flash[i], offset, size);
  }
}

void edgeq_time_access(void *emulator, int type, uint64_t address, int size, int64_t value,
                       edgeq_timing *timing) {
  (void)type;
  (void)value;
  if (timing->status != 0) {
    end_block_of_conditions(emulator, timing->read, timing->write, timing->status);
  }
  edgeq_timed_block *block = timing->last;
  if (block == 0) {
    return;
  }
  block->misaligned += (address & (uint64_t)(size - 1)) != 0;
  const uint32_t offset = (uint32_t)address - timing->origin;
  for (uint32_t i = 0; offset < timing->flash_bytes && i < timing->flashes; ++i) {
    load(&timing->flash[i], offset, (uint32_t)size);
  }
}
