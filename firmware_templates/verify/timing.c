/* Counts what the cycles of a core are computed from: how often each basic block ran, how often it fell
 * through to the next, which branches a RISC-V core foretold, which sectors of flash the caches in front
 * of it lacked, and accesses that are not aligned. The emulator calls edgeq_time_block at the start of
 * every basic block and edgeq_time_access at every access to memory.
 *
 * Built for the machine that emulates, because callbacks in Python cost a thousand times as much. */
#include <stdint.h>

#include "branch_memory.h"
#include "it_blocks.h"

#define BLOCKS 32768u    /* places of the hash table, a power of two */
#define PROBES 256u      /* places tried for one block */
#define LINES 2097152u   /* lines of 32 bytes in 64 MiB of flash */
#define MOST_LINES 1024u /* of a cache */
#define LINE_BYTES 32u
#define ABSENT 0xFFFFu

typedef struct {
  uint32_t address, size; /* bytes; size 0: the place is free */
  uint64_t count;         /* executions */
  uint64_t fell;          /* of these, those that the block behind it in memory came next */
  uint64_t code_misses;   /* sectors of flash that fetching it read */
  uint64_t data_misses;   /* sectors of flash that its loads read */
  uint64_t misaligned;    /* accesses that are no multiple of their size */
  uint64_t foretold;      /* of the executions, those whose branch at the end was foretold and taken */
  uint64_t mistaken;      /* those whose branch was foretold and not taken */
  uint64_t conditional;   /* 1: a RISC-V core's conditional branch is at its end */
} edgeq_timed_block;

/* A fully associative cache that drops the line used longest ago, and fills lines sector by sector. */
typedef struct {
  uint32_t lines;        /* 0: none, so every access reads flash */
  uint32_t sector_bytes; /* at most LINE_BYTES */
  uint64_t clock;
  uint32_t line[MOST_LINES];  /* the line of flash that a place holds */
  uint32_t valid[MOST_LINES]; /* a bit for each sector */
  uint64_t used[MOST_LINES];
  uint16_t place[LINES];      /* of a line of flash, or ABSENT */
} edgeq_cache;

typedef struct {
  edgeq_timed_block blocks[BLOCKS];
  edgeq_timed_block *last;
  uint64_t lost; /* blocks that found no place */
  uint32_t flash, flash_bytes;
  edgeq_register *read, *write;
  uint64_t status; /* the number of Thumb's status register, 0: no Thumb */
  edgeq_branch_memory branches;
  edgeq_cache code, data;
} edgeq_timing;

uint64_t edgeq_timing_bytes(void) {
  return sizeof(edgeq_timing);
}

static void empty(edgeq_cache *cache, uint32_t lines, uint32_t sector_bytes) {
  cache->lines = lines < MOST_LINES ? lines : MOST_LINES;
  cache->sector_bytes = sector_bytes;
  cache->clock = 0;
  for (uint32_t i = 0; i < MOST_LINES; ++i) {
    cache->line[i] = LINES;
    cache->valid[i] = 0;
    cache->used[i] = 0;
  }
  for (uint32_t i = 0; i < LINES; ++i) {
    cache->place[i] = ABSENT;
  }
}

/* Begins with empty caches. `timing` holds edgeq_timing_bytes() zeros; code: flash of a core that remembers a
 * branch, else 0.
 */
void edgeq_timing_begin(edgeq_timing *timing, uint32_t flash, uint32_t flash_bytes, uint32_t sector_bytes,
                        uint32_t code_lines, uint32_t data_lines, edgeq_register *read, edgeq_register *write,
                        uint64_t status, const uint8_t *code, uint32_t code_bytes) {
  timing->branches = (edgeq_branch_memory){code, flash, code_bytes, 0};
  timing->flash = flash;
  timing->flash_bytes = flash_bytes;
  timing->read = read;
  timing->write = write;
  timing->status = status;
  empty(&timing->code, code_lines, sector_bytes);
  empty(&timing->data, data_lines, sector_bytes);
}

/* Touches the sector at an offset in flash; 1 if it has to be read. */
static uint64_t touch(edgeq_cache *cache, uint32_t offset) {
  const uint32_t line = offset / LINE_BYTES, sector = offset % LINE_BYTES / cache->sector_bytes;
  if (cache->lines == 0 || line >= LINES) {
    return 1;
  }
  uint32_t place = cache->place[line];
  if (place == ABSENT) {
    place = 0;
    for (uint32_t i = 1; i < cache->lines; ++i) {
      place = cache->used[i] < cache->used[place] ? i : place;
    }
    if (cache->line[place] < LINES) {
      cache->place[cache->line[place]] = ABSENT;
    }
    cache->place[line] = (uint16_t)place;
    cache->line[place] = line;
    cache->valid[place] = 0;
  }
  cache->used[place] = ++cache->clock;
  const uint32_t bit = 1u << sector;
  const uint64_t missed = (cache->valid[place] & bit) == 0;
  cache->valid[place] |= bit;
  return missed;
}

static edgeq_timed_block *find(edgeq_timing *timing, uint32_t address, uint32_t size) {
  const uint32_t hash = (address >> 1) * 2654435761u + size * 40503u;
  for (uint32_t probe = 0; probe < PROBES; ++probe) {
    edgeq_timed_block *block = &timing->blocks[((hash >> 16) + probe) % BLOCKS];
    if (block->size == 0) {
      block->address = address;
      block->size = size;
      block->conditional = (uint64_t)is_conditional(&timing->branches, address, size);
    }
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
  const uint32_t offset = at - timing->flash, sector = timing->code.sector_bytes;
  if (offset < timing->flash_bytes) {
    for (uint32_t o = offset - offset % sector; o < offset + size; o += sector) {
      block->code_misses += touch(&timing->code, o);
    }
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
  const uint32_t offset = (uint32_t)address - timing->flash;
  if (offset < timing->flash_bytes) {
    block->data_misses += touch(&timing->data, offset);
  }
}
